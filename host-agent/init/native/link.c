#include "link.h"
#include "kernel.h"
#include "process.h"
#include "stream.h"

#define OUT_SIZE (256u * 1024)
/* Data leaves this much free, so that small frames always find room: every frame from the agent causes at most one. */
#define ROOM_FOR_SMALL (32u * 1024)
#define SMALL_FRAME (HEADER_SIZE + 64u)
#define IN_SIZE (HEADER_SIZE + MAX_DATA)

static int descriptor = -1;

static uint8_t out_bytes[OUT_SIZE];
static size_t out_start, out_end;

static uint8_t in_small[IN_SIZE];
static uint8_t *in_bytes = in_small;
static size_t in_capacity = IN_SIZE, in_length;
/* Whole frames wait in the buffer until there is room for their answers. */
static int stalled;

static void release_large_input(void) {
  if (in_bytes == in_small) return;
  unmap_memory(in_bytes, in_capacity);
  in_bytes = in_small;
  in_capacity = IN_SIZE;
}

int link_descriptor(void) { return descriptor; }

void link_drop(const char *why) {
  if (descriptor < 0) return;
  if (why) complain("the connection to the agent was dropped: ", why, "");
  sys_close(descriptor);
  descriptor = -1;
  release_large_input();
  in_length = out_start = out_end = 0;
  stalled = 0;
  streams_link_ended();
}

void link_accept(int listener) {
  int newcomer = (int)CALL4(__NR_accept4, listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (newcomer < 0) return;
  link_drop(NULL);
  descriptor = newcomer;
  struct {
    uint32_t magic;
    uint16_t version, revision;
    uint32_t streams;
  } hello = {PROTOCOL_MAGIC, PROTOCOL_VERSION, PROTOCOL_REVISION, MAX_STREAMS};
  link_send(HELLO, IN, 0, &hello, sizeof hello);
}

static size_t out_room(void) { return OUT_SIZE - (out_end - out_start); }

short link_interest(void) {
  return (short)((out_room() >= SMALL_FRAME ? POLLIN : 0) | (out_end > out_start ? POLLOUT : 0));
}

static void write_header(enum frame_type type, enum channel channel, uint32_t stream, size_t size) {
  uint8_t *h = out_bytes + out_end;
  uint32_t length = (uint32_t)size;
  memcpy(h, &length, 4); /* both architectures are little endian */
  h[4] = (uint8_t)type, h[5] = (uint8_t)channel, h[6] = h[7] = 0;
  memcpy(h + 8, &stream, 4);
  out_end += HEADER_SIZE + size;
}

/* Moves what is waiting to the front where the end of the buffer is near. */
static void make_contiguous(size_t size) {
  if (OUT_SIZE - out_end >= size || out_start == 0) return;
  memmove(out_bytes, out_bytes + out_start, out_end - out_start);
  out_end -= out_start;
  out_start = 0;
}

uint8_t *link_data_space(void) {
  if (descriptor < 0 || out_room() < HEADER_SIZE + MAX_DATA + ROOM_FOR_SMALL) return NULL;
  make_contiguous(HEADER_SIZE + MAX_DATA);
  return out_bytes + out_end + HEADER_SIZE;
}

void link_commit_data(enum channel channel, uint32_t stream, size_t size) { write_header(DATA, channel, stream, size); }

void link_send(enum frame_type type, enum channel channel, uint32_t stream, const void *body, size_t size) {
  if (descriptor < 0) return;
  if (out_room() < HEADER_SIZE + size) {
    link_drop("it does not read");
    return;
  }
  make_contiguous(HEADER_SIZE + size);
  memcpy(out_bytes + out_end + HEADER_SIZE, body, size);
  write_header(type, channel, stream, size);
}

/* Handles one whole frame. Answers what is wrong with it, or NULL. */
static const char *handle(uint8_t type, uint8_t channel, uint32_t stream, const uint8_t *body, size_t size) {
  if (type != PING) return streams_frame(type, channel, stream, body, size);
  if (size != 8) return "a ping of a wrong size";
  link_send(PONG, IN, 0, body, size);
  return NULL;
}

/* Makes room for the frame that begins in the buffer. Answers 0 where its length is not allowed. */
static int make_room(size_t length, uint8_t type) {
  if (length > (type == OPEN ? MAX_OPEN : MAX_DATA)) return 0;
  size_t wanted = HEADER_SIZE + length;
  if (wanted <= in_capacity) return 1;
  uint8_t *larger = map_memory(wanted);
  if (!larger) return 0;
  memcpy(larger, in_bytes, in_length);
  release_large_input();
  in_bytes = larger;
  in_capacity = wanted;
  return 1;
}

/* Handles all whole frames in the buffer; answers whether the connection still stands. */
static int handle_frames(void) {
  size_t at = 0;
  while (descriptor >= 0 && in_length - at >= HEADER_SIZE && out_room() >= SMALL_FRAME) {
    const uint8_t *header = in_bytes + at;
    size_t length = u32_at(header);
    if (header[6] || header[7]) {
      link_drop("a malformed frame");
      return 0;
    }
    if (in_length - at < HEADER_SIZE + length) {
      memmove(in_bytes, in_bytes + at, in_length - at);
      in_length -= at;
      at = 0;
      if (!make_room(length, in_bytes[4])) link_drop("a frame that is too long");
      break;
    }
    const char *wrong = handle(header[4], header[5], u32_at(header + 8), header + HEADER_SIZE, length);
    if (wrong) link_drop(wrong);
    at += HEADER_SIZE + length;
  }
  if (descriptor < 0) return 0;
  stalled = out_room() < SMALL_FRAME;
  memmove(in_bytes, in_bytes + at, in_length - at);
  in_length -= at;
  if (in_length <= IN_SIZE && in_bytes != in_small && (in_length < HEADER_SIZE || u32_at(in_bytes) <= MAX_DATA)) {
    memcpy(in_small, in_bytes, in_length);
    release_large_input();
  }
  return 1;
}

void link_receive(void) {
  for (int turns = 0; turns < 8 && descriptor >= 0; turns++) {
    if (in_length < in_capacity) {
      long got = sys_read(descriptor, in_bytes + in_length, in_capacity - in_length);
      if (got == -EAGAIN || got == -EINTR) return;
      if (got <= 0) {
        link_drop(NULL);
        return;
      }
      in_length += (size_t)got;
    }
    if (!handle_frames()) return;
    if (stalled) return;
  }
}

static void write_out(void) {
  while (descriptor >= 0 && out_end > out_start) {
    long sent = CALL6(__NR_sendto, descriptor, out_bytes + out_start, out_end - out_start, MSG_NOSIGNAL, 0, 0);
    if (sent == -EAGAIN || sent == -EINTR) return;
    if (sent < 0) {
      link_drop(NULL);
      return;
    }
    out_start += (size_t)sent;
  }
  out_start = out_end = 0;
}

void link_flush(void) {
  write_out();
  if (!stalled || out_room() < SMALL_FRAME) return;
  handle_frames();
  write_out();
}
