/* The processes that the agent started, and the streams that belong to them. */
#ifndef MUSTER_PROCESS_H
#define MUSTER_PROCESS_H

#include "kernel.h"
#include "protocol.h"

#define MAX_STREAMS 256

/* Takes note of everything that has died. */
void processes_reap(void);

/* Milliseconds until the next look at timeouts, -1 where there is none. */
int processes_next_tick(void);
/* Counts time and kills what has used up its own. */
void processes_tick(void);

/* family.c: kills a process with its group, its session and its descendants. */
void kill_family(int leader);

#endif
