/* The processes that the agent started, and the streams that belong to them. */
#ifndef MUSTER_PROCESS_H
#define MUSTER_PROCESS_H

#include "kernel.h"
#include "protocol.h"
#include "replay.h"

#define MAX_STREAMS 256

enum process_state {
  FREE,
  RUNS,    /* its process lives */
  EMPTIES, /* its process has ended; what it wrote is still being sent */
  ENDED,   /* kept: all of it is over, and remembered */
  DRAINS,  /* closed for the agent; something in the background still holds its output, which is dropped */
};

struct process {
  enum process_state state;
  int attached; /* to the present connection */
  uint32_t stream;
  int pid;
  int fds[3]; /* our ends of the pipes, or of the terminal, by channel; -1 where closed */
  uint64_t credit[3];
  uint64_t rest[3]; /* EMPTIES: bytes still to be sent of what was in the pipe when the process ended */
  uint8_t *input;   /* STDIN_WINDOW bytes and one, made when first needed */
  size_t input_start, input_length;
  uint64_t input_taken; /* in all */
  int input_ended, ends_with_link;
  uint64_t budget_us; /* of its timeout; 0: none */
  uint64_t started_us, ended_us;
  struct closed result;
  int has_terminal;
  uint16_t cols, rows;
  /* kept.c: one that outlives the connection */
  int is_kept;
  uint8_t key[KEY_SIZE];
  struct replay replay; /* its bytes stand behind the memo, in one piece of memory */
  uint8_t *memo;
  uint32_t memo_size;
};

/* All of them, MAX_STREAMS. */
extern struct process processes[];

/* Takes note of everything that has died. */
void processes_reap(void);

/* Milliseconds until the next look at timeouts, -1 where there is none. */
int processes_next_tick(void);
/* Counts time and kills what has used up its own. */
void processes_tick(void);

/*
 * Starts a process from what OPEN of a PROCESS has. With `kept`, which has its key, memo, ring and terminal set, it is
 * one that outlives the connection; answers whether it took those over.
 */
const char *process_begin(uint32_t stream, const uint8_t *body, size_t size, const struct process *kept, int login_shell, int *is_begun);

/* Frames for a process. */
const char *process_input(struct process *process, const uint8_t *bytes, size_t size);
void process_end_input(struct process *process);
const char *process_signal(struct process *process, const uint8_t *body, size_t size);
/* Its stream is closed, and it is no longer for the agent to know. */
void process_forget(struct process *process);
void process_drop_input(struct process *process);

/* kept.c */
struct process *kept_find(const uint8_t key[KEY_SIZE]);
/* Gives its memory back; it is no longer kept. */
void kept_release(struct process *process);

/* output.c */
/* How many bytes it may write now without that a reader which holds it loses any. */
size_t output_room(struct process *process);
/* Counts the time for which readers have taken nothing. Answers whether a process waits for one. */
int outputs_tick(uint64_t slice_us);
int output_is_read(const struct process *process);

/* family.c: kills a process with its group, its session and its descendants. */
void kill_family(int leader);

#endif
