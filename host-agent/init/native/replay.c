#include "replay.h"
#include "kernel.h"

/* In front of every piece: channel << 28 | length. */
#define PIECE_HEADER 4u

static uint32_t wrap(const struct replay *r, uint32_t at) { return at < r->size ? at : at - r->size; }

/* Pieces are small against the ring, so that little is lost when one makes room. */
static uint32_t longest_piece(const struct replay *r) { return r->size / 8 < 32768 ? r->size / 8 : 32768; }

static void put(struct replay *r, uint32_t at, const void *from, size_t size) {
  size_t until_end = r->size - at;
  size_t front = size < until_end ? size : until_end;
  memcpy(r->bytes + at, from, front);
  memcpy(r->bytes, (const uint8_t *)from + front, size - front);
}

static void get(const struct replay *r, uint32_t at, void *to, size_t size) {
  size_t until_end = r->size - at;
  size_t front = size < until_end ? size : until_end;
  memcpy(to, r->bytes + at, front);
  memcpy((uint8_t *)to + front, r->bytes, size - front);
}

static uint32_t header_at(const struct replay *r, uint32_t at) {
  uint32_t header;
  get(r, at, &header, sizeof header);
  return header;
}
static uint32_t length_at(const struct replay *r, uint32_t at) { return header_at(r, at) & 0xfffffff; }

static void set_header(struct replay *r, uint32_t at, uint8_t channel, uint32_t length) {
  uint32_t header = (uint32_t)channel << 28 | length;
  put(r, at, &header, sizeof header);
}

static void make_room(struct replay *r, uint32_t size) {
  while (r->size - r->used < size) {
    uint32_t length = length_at(r, r->tail);
    r->tail = wrap(r, r->tail + PIECE_HEADER + length);
    r->used -= PIECE_HEADER + length;
    r->first += length;
  }
}

void replay_append(struct replay *r, uint8_t channel, const uint8_t *bytes, size_t size) {
  while (size > 0) {
    uint32_t length = r->used ? length_at(r, r->last) : 0;
    int goes_on = r->used && header_at(r, r->last) >> 28 == channel && length < longest_piece(r);
    uint32_t most = longest_piece(r) - (goes_on ? length : 0);
    uint32_t part = size < most ? (uint32_t)size : most;
    make_room(r, part + (goes_on ? 0 : PIECE_HEADER));
    uint32_t end = wrap(r, r->tail + r->used);
    if (!goes_on) {
      r->last = end;
      r->used += PIECE_HEADER;
      end = wrap(r, end + PIECE_HEADER);
      length = 0;
    }
    put(r, end, bytes, part);
    set_header(r, r->last, channel, length + part);
    r->used += part;
    r->next += part;
    bytes += part;
    size -= part;
  }
}

int replay_has_lost(const struct replay *r, const struct replay_place *place) { return place->offset < r->first; }

void replay_skip(const struct replay *r, struct replay_place *place) { *place = (struct replay_place){r->first, r->first, r->tail, 1}; }

/* Finds the piece of the reader's next byte, or the newest one where it has had all. */
static void find(const struct replay *r, struct replay_place *place) {
  if (!place->is_known || place->piece_offset < r->first) {
    place->piece = r->tail;
    place->piece_offset = r->first;
    place->is_known = 1;
  }
  if (!r->used) return;
  for (uint32_t length; place->piece != r->last && place->offset >= place->piece_offset + (length = length_at(r, place->piece));) {
    place->piece_offset += length;
    place->piece = wrap(r, place->piece + PIECE_HEADER + length);
  }
}

uint8_t replay_channel(const struct replay *r, struct replay_place *place) {
  find(r, place);
  return (uint8_t)(header_at(r, place->piece) >> 28);
}

size_t replay_take(const struct replay *r, struct replay_place *place, uint8_t *to, size_t most) {
  size_t taken = 0;
  uint8_t channel = replay_channel(r, place);
  while (taken < most && place->offset < r->next && replay_channel(r, place) == channel) {
    uint32_t skipped = (uint32_t)(place->offset - place->piece_offset);
    size_t part = length_at(r, place->piece) - skipped;
    if (part > most - taken) part = most - taken;
    get(r, wrap(r, place->piece + PIECE_HEADER + skipped), to + taken, part);
    place->offset += part;
    taken += part;
  }
  return taken;
}

size_t replay_room(const struct replay *r, struct replay_place *place) {
  find(r, place);
  uint32_t behind = place->piece >= r->tail ? place->piece - r->tail : place->piece + r->size - r->tail;
  uint32_t unread = r->used - behind;
  /* A reader that has had all of the newest piece needs nothing; else headers of new pieces take their part. */
  if (place->offset == r->next) unread = 0;
  size_t room = r->size - unread;
  size_t headers = 2 * PIECE_HEADER + room / longest_piece(r) * PIECE_HEADER;
  return room > headers ? room - headers : 0;
}
