/* The connection to the agent: at most one; a newcomer takes over, because the old one belongs to an agent that died. */
#ifndef MUSTER_LINK_H
#define MUSTER_LINK_H

#include "protocol.h"
#include <stddef.h>

/* Takes a waiting connection, in place of the present one. */
void link_accept(int listener);

/* Ends the connection; processes stay. */
void link_drop(const char *why);

/* -1 where nobody is connected. */
int link_descriptor(void);

/* What to wait for on the descriptor. */
short link_interest(void);

/* Reads what is there and handles whole frames. */
void link_receive(void);

/* Writes what is waiting. */
void link_flush(void);

/* A place of MAX_DATA bytes for the body of one data frame, or NULL while too much is waiting. */
uint8_t *link_data_space(void);
/* Sends what was put there. */
void link_commit_data(enum channel channel, uint32_t stream, size_t size);

/* Sends a small frame. */
void link_send(enum frame_type type, enum channel channel, uint32_t stream, const void *body, size_t size);

#endif
