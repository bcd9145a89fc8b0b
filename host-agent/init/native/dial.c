/* Connections to TCP ports on the sandbox's own loopback: what endpoints are made of. */
#include "link.h"
#include "stream.h"

#define MAX_DIALS 128
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOL_SOCKET 1
#define SO_ERROR 4
#define SO_LINGER 13
#define IPPROTO_TCP 6
#define TCP_NODELAY 1
#define SHUT_WR 1

enum state { FREE, CONNECTS, CARRIES };

struct dial {
  enum state state;
  uint32_t stream;
  int fd;
  uint16_t port; /* in network order */
  int family;    /* the one being tried */
  uint64_t credit;
  uint8_t *input; /* STDIN_WINDOW bytes, made when a write does not take all at once */
  size_t input_start, input_length;
  int input_ended, input_done, output_done;
};

static struct dial dials[MAX_DIALS];

static struct dial *find(uint32_t stream) {
  for (struct dial *d = dials; d < dials + MAX_DIALS; d++)
    if (d->state != FREE && d->stream == stream) return d;
  return NULL;
}

static void release(struct dial *d) {
  if (d->fd >= 0) sys_close(d->fd);
  if (d->input) unmap_memory(d->input, STDIN_WINDOW);
  *d = (struct dial){.fd = -1};
}

static void finish(struct dial *d, uint32_t code, uint32_t flags) {
  struct closed result = {.code = code, .flags = flags};
  uint32_t stream = d->stream;
  release(d);
  link_send(CLOSED, IN, stream, &result, sizeof result);
}

static void finish_if_done(struct dial *d) {
  if (d->input_done && d->output_done) finish(d, 0, 0);
}

/* ---- connecting: 127.0.0.1 first, then ::1 ---- */

struct address4 {
  uint16_t family, port;
  uint8_t address[4], zero[8];
};
struct address6 {
  uint16_t family, port;
  uint32_t flow;
  uint8_t address[16];
  uint32_t scope;
};

static void carry(struct dial *d) {
  int on = 1;
  CALL5(__NR_setsockopt, d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  d->state = CARRIES;
  uint32_t no_pid = 0;
  link_send(OPENED, IN, d->stream, &no_pid, sizeof no_pid);
}

static long connect_to(struct dial *d) {
  d->fd = (int)CALL3(__NR_socket, d->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (d->fd < 0) return d->fd;
  if (d->family == AF_INET) {
    struct address4 to = {.family = AF_INET, .port = d->port, .address = {127, 0, 0, 1}};
    return CALL3(__NR_connect, d->fd, &to, sizeof to);
  }
  struct address6 to = {.family = AF_INET6, .port = d->port, .address = {[15] = 1}};
  return CALL3(__NR_connect, d->fd, &to, sizeof to);
}

/* Tries the families that are left, beginning with the present one. */
static void try_families(struct dial *d) {
  for (;;) {
    long result = connect_to(d);
    if (result == 0) return carry(d);
    if (result == -EINPROGRESS) {
      d->state = CONNECTS;
      return;
    }
    if (d->family == AF_INET6) return finish(d, result == -EMFILE || result == -ENOMEM ? (uint32_t)-result : ECONNREFUSED, NOT_STARTED);
    if (d->fd >= 0) sys_close(d->fd);
    d->fd = -1;
    d->family = AF_INET6;
  }
}

static void connected(struct dial *d) {
  int error = 0, size = sizeof error;
  CALL5(__NR_getsockopt, d->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error == 0) return carry(d);
  if (d->family == AF_INET6) return finish(d, (uint32_t)error & 0xff, NOT_STARTED);
  sys_close(d->fd);
  d->fd = -1;
  d->family = AF_INET6;
  try_families(d);
}

static const char *dial_open(uint32_t stream, const uint8_t *body, size_t size) {
  struct dial_header header;
  if (size != sizeof header) return "a malformed port";
  memcpy(&header, body, sizeof header);
  if (header.port == 0) return "a port that does not exist";
  for (struct dial *d = dials; d < dials + MAX_DIALS; d++) {
    if (d->state != FREE) continue;
    *d = (struct dial){.state = CONNECTS, .stream = stream, .fd = -1, .family = AF_INET, .credit = header.window};
    d->port = (uint16_t)(header.port << 8 | header.port >> 8);
    try_families(d);
    return NULL;
  }
  struct closed refusal = {.code = EMFILE, .flags = NOT_STARTED};
  link_send(CLOSED, IN, stream, &refusal, sizeof refusal);
  return NULL;
}

/* ---- towards the port ---- */

static void consumed(struct dial *d, size_t size) {
  uint32_t more = (uint32_t)size;
  if (more) link_send(CREDIT, IN, d->stream, &more, sizeof more);
}

static void close_way_in(struct dial *d) {
  if (!d->input_ended || d->input_length > 0 || d->input_done) return;
  d->input_done = 1;
  CALL2(__NR_shutdown, d->fd, SHUT_WR);
  finish_if_done(d);
}

/* Answers how much was taken; what a closed port is sent counts as taken. */
static size_t write_some(struct dial *d, const uint8_t *bytes, size_t size) {
  long written = sys_write(d->fd, bytes, size);
  if (written == -EAGAIN || written == -EINTR) return 0;
  return written < 0 ? size : (size_t)written;
}

static const char *dial_data(uint32_t stream, const uint8_t *bytes, size_t size) {
  struct dial *d = find(stream);
  if (d->input_ended) return "bytes after their end";
  if (size > STDIN_WINDOW - d->input_length) return "more bytes than there is credit for";
  size_t taken = d->state == CARRIES && d->input_length == 0 ? write_some(d, bytes, size) : 0;
  consumed(d, taken);
  if (taken == size) return NULL;
  if (!d->input && !(d->input = map_memory(STDIN_WINDOW))) {
    finish(d, ENOMEM, d->state == CARRIES ? 0 : NOT_STARTED);
    return NULL;
  }
  if (d->input_start + d->input_length + (size - taken) > STDIN_WINDOW) {
    memmove(d->input, d->input + d->input_start, d->input_length);
    d->input_start = 0;
  }
  memcpy(d->input + d->input_start + d->input_length, bytes + taken, size - taken);
  d->input_length += size - taken;
  return NULL;
}

static const char *dial_end(uint32_t stream) {
  struct dial *d = find(stream);
  d->input_ended = 1;
  if (d->state == CARRIES) close_way_in(d);
  return NULL;
}

static void write_waiting(struct dial *d) {
  size_t taken = write_some(d, d->input + d->input_start, d->input_length);
  d->input_start += taken;
  d->input_length -= taken;
  if (d->input_length == 0) d->input_start = 0;
  consumed(d, taken);
}

/* ---- from the port ---- */

static const char *dial_credit(uint32_t stream, uint8_t channel, uint32_t more) {
  if (channel == OUT) find(stream)->credit += more;
  return NULL;
}

static void read_some(struct dial *d) {
  uint8_t *space = link_data_space();
  if (!space || !d->credit) return;
  long got = sys_read(d->fd, space, d->credit < MAX_DATA ? (size_t)d->credit : MAX_DATA);
  if (got == -EAGAIN || got == -EINTR) return;
  if (got > 0) {
    d->credit -= (uint64_t)got;
    link_commit_data(OUT, d->stream, (size_t)got);
    return;
  }
  if (got < 0) return finish(d, (uint32_t)-got & 0xff, 0);
  d->output_done = 1;
  link_send(END, IN, d->stream, NULL, 0);
  finish_if_done(d);
}

static const char *dial_reset(uint32_t stream) {
  struct dial *d = find(stream);
  /* The program behind the port learns that nobody is there any more, instead of an ordinary end. */
  int now[2] = {1, 0};
  if (d->fd >= 0) CALL5(__NR_setsockopt, d->fd, SOL_SOCKET, SO_LINGER, now, sizeof now);
  finish(d, 0, d->state == CARRIES ? 0 : NOT_STARTED);
  return NULL;
}

static void dials_link_ended(void) {
  for (struct dial *d = dials; d < dials + MAX_DIALS; d++)
    if (d->state != FREE) release(d);
}

static size_t dials_interest(struct pollfd *polls) {
  size_t count = 0;
  int can_send = link_data_space() != NULL;
  for (struct dial *d = dials; d < dials + MAX_DIALS; d++) {
    if (d->state == FREE) continue;
    int writes = d->state == CONNECTS || d->input_length > 0;
    int reads = d->state == CARRIES && !d->output_done && d->credit && can_send;
    /* Asked for nothing, the kernel would tell of a hang-up again and again. */
    if (writes || reads) polls[count++] = (struct pollfd){d->fd, (short)((writes ? POLLOUT : 0) | (reads ? POLLIN : 0)), 0};
  }
  return count;
}

static void move_one(struct dial *d, const struct pollfd *poll) {
  if (d->state == CONNECTS) {
    connected(d);
    if (d->state != CARRIES) return;
  }
  if (d->input_length > 0) write_waiting(d);
  close_way_in(d);
  if (d->state == CARRIES && poll->events & POLLIN && poll->revents & ~POLLOUT) read_some(d);
}

static void dials_move(const struct pollfd *polls, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!polls[i].revents) continue;
    for (struct dial *d = dials; d < dials + MAX_DIALS; d++) {
      if (d->state == FREE || d->fd != polls[i].fd) continue;
      move_one(d, &polls[i]);
      break;
    }
  }
}

static int dial_has(uint32_t stream) { return find(stream) != NULL; }

const struct stream_handler dial_handler = {
    .has = dial_has,
    .open = dial_open,
    .data = dial_data,
    .end = dial_end,
    .credit = dial_credit,
    .reset = dial_reset,
    .link_ended = dials_link_ended,
    .interest = dials_interest,
    .move = dials_move,
    .poll_slots = MAX_DIALS,
};
