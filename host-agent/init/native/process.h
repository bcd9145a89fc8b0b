/* The processes that the agent started, and the streams that belong to them. */
#ifndef MUSTER_PROCESS_H
#define MUSTER_PROCESS_H

#include "kernel.h"
#include "protocol.h"

#define MAX_STREAMS 256
#define POLL_SLOTS (MAX_STREAMS * 3)

/* Frames from the agent. Each answers what is wrong with the frame, or NULL; the connection ends over a wrong one. */
const char *process_open(uint32_t stream, const uint8_t *body, size_t size);
const char *process_stdin(uint32_t stream, const uint8_t *bytes, size_t size);
const char *process_stdin_end(uint32_t stream);
const char *process_credit(uint32_t stream, uint8_t channel, uint32_t more);
const char *process_signal(uint32_t stream, uint32_t signal);
const char *process_reset(uint32_t stream);

/* Nobody listens any more: processes go on and what they write is dropped. */
void processes_link_ended(void);

/* Takes note of everything that has died. */
void processes_reap(void);

/* Fills in what to wait for; answers how many. */
size_t processes_interest(struct pollfd *polls);
/* Moves bytes where the wait found something, and closes streams that are over. */
void processes_move(const struct pollfd *polls, size_t count);

/* Milliseconds until the next look at timeouts, -1 where there is none. */
int processes_next_tick(void);
/* Counts time and kills what has used up its own. */
void processes_tick(void);

/* family.c: kills a process with its group, its session and its descendants. */
void kill_family(int leader);

#endif
