/*
 * What the agent does to files, done by a child that became the sandbox's user: the kernel decides what it may, and
 * whatever hangs or never ends is killed like any process, while the one loop of pid 1 goes on. A child costs 0.2 ms;
 * threads would share the loop's descriptors and its root rights.
 *
 * The request stands in the arguments of an OPEN: the name of what to do, then its texts and decimal numbers. Standard
 * input brings what is to be written, standard output takes records, the exit code says how it went: 0, an errno, or
 * one of these. The same layouts and numbers stand in ../files/.
 */
#ifndef MUSTER_FILES_H
#define MUSTER_FILES_H

#include "command.h"
#include "kernel.h"

enum file_failure {
  NO_SUCH_USER = 200,
  NO_SUCH_GROUP = 201,
  NOT_REGULAR = 202,   /* it has no content of its own */
  WRONG_OFFSET = 203,  /* where it stands was written, u64 */
  UPLOAD_IN_USE = 204, /* another call writes to it */
  MALFORMED = 205,
  UNFINISHED = 206, /* input ended before it said so */
  LINK_REFUSED = 207,
  CHANGED = 208, /* what was to be replaced is not there any more */
};

enum entry_flags { UNREADABLE = 1 };

/* How something is told; then its path and, of a symbolic link, where it leads. */
struct file_entry {
  uint32_t length; /* of all three */
  uint32_t mode;   /* with its type, as st_mode */
  uint32_t uid, gid;
  uint64_t size, disk_size, inode;
  int64_t modified_s, changed_s;
  uint32_t modified_ns, changed_ns;
  uint16_t flags, path_length;
  uint32_t target_length;
} __attribute__((packed));

#define AT_EMPTY_PATH 0x1000
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_SYMLINK_FOLLOW 0x400
#define AT_REMOVEDIR 0x200
#define MAX_NAME 255

/* Names of uploads begin with it. */
#define UPLOAD_PREFIX ".muster-upload-"
#define UPLOAD_ID_LENGTH 64

/* files.c: in the child. Does what the command asks for and ends. */
_Noreturn void files_become(struct command *command);
/* A number of decimal digits. Ends with MALFORMED where it is none. */
uint64_t number_of(const char *text);
/* The same; `otherwise` where the text is empty. */
uint64_t number_or(const char *text, uint64_t otherwise);
/* Ids by names or numbers of the sandbox; `otherwise` where the text is empty. Ends where there is none. */
uint32_t uid_of(const char *user, uint32_t otherwise);
uint32_t gid_of(const char *group, uint32_t otherwise);
/* Ends with the errno of a call that has failed; else answers its result. */
long checked(long result);

/* entry.c */
/* What is at a name, or behind the descriptor where it is empty. Answers 0 or -errno. */
long look(int directory, const char *name, struct statx *facts);
/* Writes an entry; `name` may be empty for the descriptor itself. */
void tell(int directory, const char *name, const struct statx *facts, const char *path, uint16_t flags);
/* Tells of what a descriptor of any kind leads to. */
void tell_descriptor(int fd);
/* Puts bytes into the answer; `flush_answer` sends them. */
void answer(const void *bytes, size_t size);
void flush_answer(void);
/* The path that leads to a descriptor: /proc/self/fd/N. */
const char *descriptor_path(int fd);
/* Opens where a path leads to without touching it; the last name is followed only if asked. Ends where it cannot. */
int open_place(const char *path, int follow);

struct place {
  int directory; /* that holds the name */
  const char *name;
};
/* Cuts a path at its last name. Ends with `no_name` (an errno) where it has none, as / and everything that ends in . or .. */
struct place place_of(char *path, int no_name);

/* The directory entry as getdents64 gives it. */
struct listed {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};
/* Calls for every name but . and .., until the answer is not 0; answers that. Ends on errors. */
int each_name(int directory, int (*act)(const char *name, void *with), void *with);
int compare_names(const char *a, const char *b);

/* listing.c, content.c, upload.c, changes.c, watch.c, watch-tree.c: one function for each thing to do, with its texts. */
void do_stat(char **texts);
void do_list(char **texts);
void do_read(char **texts);
void do_write(char **texts);
void do_replace(char **texts);
void do_make(char **texts);
void do_move(char **texts);
void do_remove(char **texts);
void do_permissions(char **texts);
void do_watch(char **texts);
void do_watch_tree(char **texts);

/* changes.c: makes the directories on the way to the last name. */
void make_parents(char *path);
/* Removes what is in a directory. */
void empty_directory(int directory);

#endif
