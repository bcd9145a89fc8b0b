/* The kinds of streams, and who handles which: a kind is one row in stream.c. */
#ifndef MUSTER_STREAM_H
#define MUSTER_STREAM_H

#include "kernel.h"
#include "protocol.h"

/*
 * What handles the streams of one or more kinds. Frames answer what is wrong with them, or NULL; the connection ends
 * over a wrong one. Functions that a handler has no use for are NULL; a frame without one is wrong.
 */
struct stream_handler {
  /* Whether it holds this stream now. */
  int (*has)(uint32_t stream);
  /* A stream that nobody holds yet; the body begins with the kind. */
  const char *(*open)(uint32_t stream, const uint8_t *body, size_t size);
  const char *(*data)(uint32_t stream, const uint8_t *bytes, size_t size);
  const char *(*end)(uint32_t stream);
  const char *(*credit)(uint32_t stream, uint8_t channel, uint32_t more);
  /* Every frame that has no function of its own. */
  const char *(*control)(uint32_t stream, uint8_t type, const uint8_t *body, size_t size);
  const char *(*reset)(uint32_t stream);
  /* Nobody listens any more. */
  void (*link_ended)(void);
  /* Fills in what to wait for, at most `poll_slots`; answers how many. */
  size_t (*interest)(struct pollfd *polls);
  /* Moves bytes where the wait found something. */
  void (*move)(const struct pollfd *polls, size_t count);
  /* Sends what waits for nothing but room on the connection; answers whether it sent something. */
  int (*push)(void);
  size_t poll_slots;
};

extern const struct stream_handler kept_handler, output_handler, process_handler;
extern const struct stream_handler dial_handler;

#define POLL_SLOTS 2048 /* of all handlers together */

/* A frame of a stream. */
const char *streams_frame(uint8_t type, uint8_t channel, uint32_t stream, const uint8_t *body, size_t size);
void streams_link_ended(void);
size_t streams_interest(struct pollfd *polls);
void streams_move(const struct pollfd *polls);
int streams_push(void);

static inline uint32_t u32_at(const uint8_t *at) { return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }

#endif
