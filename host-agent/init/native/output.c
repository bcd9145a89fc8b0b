/* Readers of kept processes: each has a place of its own in the output, and a credit. */
#include "link.h"
#include "process.h"
#include "stream.h"

#define MAX_READERS 64
/* So long a process waits for a reader that takes nothing. Time in which the sandbox is frozen does not count. */
#define HOLD_US (10ull * 1000000u)

struct reader {
  struct process *process; /* NULL: free */
  uint32_t stream;
  uint64_t credit[3];
  struct replay_place place;
  int holds;
  uint64_t waited_us; /* since it last had credit or nothing to read */
};

static struct reader readers[MAX_READERS];

static struct reader *find(uint32_t stream) {
  for (struct reader *r = readers; r < readers + MAX_READERS; r++)
    if (r->process && r->stream == stream) return r;
  return NULL;
}

int output_is_read(const struct process *p) {
  for (struct reader *r = readers; r < readers + MAX_READERS; r++)
    if (r->process == p) return 1;
  return 0;
}

size_t output_room(struct process *p) {
  size_t room = p->replay.size;
  for (struct reader *r = readers; r < readers + MAX_READERS; r++) {
    if (r->process != p || !r->holds || r->waited_us >= HOLD_US || replay_has_lost(&p->replay, &r->place)) continue;
    size_t mine = replay_room(&p->replay, &r->place);
    if (mine < room) room = mine;
  }
  return room;
}

static int is_behind(const struct reader *r) { return r->place.offset < r->process->replay.next; }

int outputs_tick(uint64_t slice_us) {
  int waits = 0;
  for (struct reader *r = readers; r < readers + MAX_READERS; r++) {
    if (!r->process || !r->holds || r->waited_us >= HOLD_US) continue;
    if (!is_behind(r)) r->waited_us = 0;
    else r->waited_us += slice_us;
    waits |= is_behind(r);
  }
  return waits;
}

static const char *refuse(uint32_t stream, int error) {
  struct closed refusal = {.code = (uint32_t)error, .flags = NOT_STARTED};
  link_send(CLOSED, IN, stream, &refusal, sizeof refusal);
  return NULL;
}

static void tell_place(const struct reader *r) { link_send(PLACE, IN, r->stream, &r->place.offset, sizeof r->place.offset); }

static const char *output_open(uint32_t stream, const uint8_t *body, size_t size) {
  struct open_output header;
  if (size != sizeof header) return "a malformed request for output";
  memcpy(&header, body, sizeof header);
  struct process *p = kept_find(header.key);
  if (!p) return refuse(stream, ENOENT);
  if (header.offset > p->replay.next) return refuse(stream, EINVAL);
  struct reader *r = readers;
  while (r < readers + MAX_READERS && r->process) r++;
  if (r == readers + MAX_READERS) return refuse(stream, EMFILE);
  *r = (struct reader){.process = p, .stream = stream, .holds = header.flags & HOLD, .place.offset = header.offset};
  r->credit[OUT] = r->credit[ERR] = header.window;
  uint32_t pid = (uint32_t)p->pid;
  link_send(OPENED, IN, stream, &pid, sizeof pid);
  tell_place(r);
  return NULL;
}

static int output_has(uint32_t stream) { return find(stream) != NULL; }

static const char *output_credit(uint32_t stream, uint8_t channel, uint32_t more) {
  struct reader *r = find(stream);
  if (!r) return NULL;
  r->credit[channel] += more;
  r->waited_us = 0;
  return NULL;
}

static void close_reader(struct reader *r, const struct closed *result) {
  link_send(CLOSED, IN, r->stream, result, sizeof *result);
  r->process = NULL;
}

/* Nobody reads any more. */
static const char *output_reset(uint32_t stream) {
  struct reader *r = find(stream);
  struct closed over = {0};
  if (r) close_reader(r, &over);
  return NULL;
}

/* One frame at most. Answers whether there was something to send and room for it. */
static int push(struct reader *r) {
  struct process *p = r->process;
  if (!is_behind(r)) {
    if (p->state != ENDED || link_data_space() == NULL) return 0;
    close_reader(r, &p->result);
    return 1;
  }
  uint8_t *space = link_data_space();
  if (!space) return 0;
  if (replay_has_lost(&p->replay, &r->place)) {
    replay_skip(&p->replay, &r->place);
    tell_place(r);
    return 1;
  }
  uint8_t channel = replay_channel(&p->replay, &r->place);
  uint64_t allowed = r->credit[channel] < MAX_DATA ? r->credit[channel] : MAX_DATA;
  if (!allowed) return 0;
  size_t taken = replay_take(&p->replay, &r->place, space, (size_t)allowed);
  r->credit[channel] -= taken;
  link_commit_data(channel, r->stream, taken);
  return 1;
}

static int output_push(void) {
  int sent = 0;
  for (struct reader *r = readers; r < readers + MAX_READERS; r++)
    if (r->process) sent |= push(r);
  return sent;
}

static void output_link_ended(void) {
  for (struct reader *r = readers; r < readers + MAX_READERS; r++) r->process = NULL;
}

const struct stream_handler output_handler = {
    .has = output_has,
    .open = output_open,
    .credit = output_credit,
    .reset = output_reset,
    .link_ended = output_link_ended,
    .push = output_push,
};
