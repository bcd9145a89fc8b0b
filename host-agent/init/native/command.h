/* The user's command: read, started, and what becomes of the fresh child. */
#ifndef MUSTER_COMMAND_H
#define MUSTER_COMMAND_H

#include "protocol.h"
#include <stddef.h>

struct command {
  enum stream_kind kind;
  const char *user, *cwd; /* either may be empty */
  char **arguments;       /* ends with NULL */
  char **variables;       /* ends with NULL, with room for EXTRA_VARIABLES more */
  uint32_t variable_count;
  const struct open_limit *limits;
  uint32_t limit_count;
  int in, out, err; /* in: -1 for /dev/null */
  int with_terminal; /* of this size, instead of pipes */
  uint16_t cols, rows;
  int login_shell;   /* in place of the first argument: the user's own shell */
  const char *shell; /* in the child, with `login_shell`: its path */
};

#define EXTRA_VARIABLES 4

/* start.c: reads the body of an OPEN, into which the command then points. Answers 0 where it is malformed. */
int command_read(struct command *command, struct open_header *header, const uint8_t *body, size_t size);
/* Starts it; answers its pid and our ends of its pipes by channel, or -errno. */
long command_start(struct command *command, int with_stdin, int ours[3]);

/* In the child: becomes the command, or says on stderr why not and exits with 126 or 127. */
_Noreturn void command_become(struct command *command);

/* When memory runs out, what the agent has started goes first. */
void offer_to_oom_killer(void);

/* terminal.c. All but `terminal_foreground` answer -errno for a failure. */
/* Makes a pair: their end, and two descriptors of ours as IN and OUT; what it made before it failed is in both, too. */
long terminal_open(uint16_t cols, uint16_t rows, int *theirs, int ours[3]);
long terminal_resize(int master, uint16_t cols, uint16_t rows);
/* The process group in the foreground, or 0. */
int terminal_foreground(int master);
/* In the child: the terminal becomes that of its session, and the user's. */
void terminal_control(int terminal, uint32_t uid);

/* users.c */
struct account {
  uint32_t uid, gid;
  char name[64], home[1024], shell[256];
  uint32_t groups[64];
  uint32_t group_count;
};
/* Looks a user up by name or number in the sandbox's own files. Answers 0 where there is none. */
int find_account(const char *user, struct account *account);
/* Likewise a group. */
int find_group(const char *group, uint32_t *gid);

#endif
