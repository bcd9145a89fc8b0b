#ifndef MUSTER_STAGE_H
#define MUSTER_STAGE_H

#include <stddef.h>

/* As many as the kernel's limit of 255 bytes for their names allows, and some. */
#define MAX_LOWERS 32

/* What the command line asks for. */
struct plan {
  int parent;
  const char *number, *hide, *stage, *home, *blank, *init;
  const char *lowers[MAX_LOWERS];
  int lower_count;
  unsigned long first_id;
  int reserve;
};

/* Its own failures end with this code and one line on stderr. */
#define STAGE_FAILED 125

/* Ends the program with the line "STEP SUBJECT: what errno says". */
_Noreturn void die(const char *step, const char *subject);
/* Answers the result, or dies where it is negative. */
int must(int result, const char *step, const char *subject);

/* id-map.c: a user namespace that maps ids 0…65535 to a sandbox's range: how a mount is told to shift their owners. A
 * process of its own has to be in it until it is there; the two halves let other work be done while that one begins. */
struct id_map {
  int child, ready, done;
};
struct id_map begin_id_map(void);
/* Answers a descriptor of the namespace. */
int finish_id_map(struct id_map *map, unsigned long first);
/* Waits until the other process has gone. */
void end_id_map(const struct id_map *map);

/* volume.c: opens the sandbox's volume in the present directory, and makes it where it is not there. */
int open_volume(const struct plan *plan);
/* volume.c: attaches it to a loop device, which frees itself when nothing uses it any more. */
int attach_loop(int volume, char *path, size_t size);

/* mounts.c: mounts volume, template, root file system and init below the present directory. */
void mount_all(const struct plan *plan, int volume, int id_map);

/* serve.c: what a process of these has open besides its log: where the agent hears of it, and the runtime's sealed copy. */
#define ANSWERS 62
#define RUNTIME 63

/* stage.c: sets the stage as the arguments say and becomes the runtime; the sealed one, where there is one. */
_Noreturn void stage(int parent, const char *number, int is_sealed, int argc, char **argv);

/* sealed.c: a descriptor of a copy of this program that nothing can change; -1 where there can be none. It is made once,
 * and again when the program has been replaced. */
int sealed_copy(const char *path);

/* serve.c: has this process end when its parent does, which is still the one with this pid. */
void live_no_longer_than(int parent);

#endif
