/* The last output of a process, as pieces of one channel each, in a ring. Offsets count all its output, from 0 on. */
#ifndef MUSTER_REPLAY_H
#define MUSTER_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#define MIN_REPLAY (32u * 1024)
#define MAX_REPLAY (4u * 1024 * 1024)

struct replay {
  uint8_t *bytes;
  uint32_t size;        /* of the ring */
  uint32_t tail, used;  /* where the oldest piece begins; bytes of all pieces with their headers */
  uint32_t last;        /* where the newest piece begins */
  uint64_t first, next; /* offsets of the oldest byte that is kept, and behind the newest */
};

/* Where a reader stands. Begins with a piece of its own choice; found again where that one is gone. */
struct replay_place {
  uint64_t offset;
  uint64_t piece_offset; /* of the piece's first byte */
  uint32_t piece;
  int is_known;
};

/* Appends; what is oldest makes room. */
void replay_append(struct replay *replay, uint8_t channel, const uint8_t *bytes, size_t size);

/* Whether what the reader wants next is gone. */
int replay_has_lost(const struct replay *replay, const struct replay_place *place);
/* Goes to the oldest byte that is kept. */
void replay_skip(const struct replay *replay, struct replay_place *place);

/* The channel of the byte at the reader's place; there must be one. */
uint8_t replay_channel(const struct replay *replay, struct replay_place *place);
/* Takes bytes of that one channel; answers how many. */
size_t replay_take(const struct replay *replay, struct replay_place *place, uint8_t *to, size_t most);

/* How many bytes can be appended without that a reader at this place loses any. */
size_t replay_room(const struct replay *replay, struct replay_place *place);

#endif
