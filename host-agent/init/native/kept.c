/* Processes that outlive the connection: found by a key, listed with a memo, remembered for a while after their end. */
#include "command.h"
#include "link.h"
#include "process.h"
#include "stream.h"

#define REMEMBERED_US (3600ull * 1000000u)

/* The one list that may be under way. */
static uint32_t list_stream;

static int same_key(const uint8_t *a, const uint8_t *b) {
  for (int i = 0; i < KEY_SIZE; i++)
    if (a[i] != b[i]) return 0;
  return 1;
}

struct process *kept_find(const uint8_t key[KEY_SIZE]) {
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++)
    if (p->is_kept && same_key(p->key, key)) return p;
  return NULL;
}

static struct process *find(uint32_t stream) {
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++)
    if (p->is_kept && p->attached && p->stream == stream) return p;
  return NULL;
}

static void free_memory(const struct process *p) { unmap_memory(p->memo, MAX_MEMO + p->replay.size); }

void kept_release(struct process *p) {
  free_memory(p);
  p->is_kept = 0;
  process_forget(p);
}

/* Forgets what ended long ago, and the first that ended where there are too many. Answers whether there is place for one more. */
static int make_place(void) {
  struct process *first = NULL;
  int count = 0;
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
    if (!p->is_kept) continue;
    count++;
    if (p->state == ENDED && !output_is_read(p) && (!first || p->ended_us < first->ended_us)) first = p;
  }
  if (count < MAX_KEPT) return 1;
  if (first) kept_release(first);
  return first != NULL;
}

static void forget_old(void) {
  uint64_t now = now_us();
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++)
    if (p->is_kept && p->state == ENDED && !output_is_read(p) && now - p->ended_us > REMEMBERED_US) kept_release(p);
}

static const char *refuse(uint32_t stream, int error) {
  struct closed refusal = {.code = (uint32_t)error, .flags = NOT_STARTED};
  link_send(CLOSED, IN, stream, &refusal, sizeof refusal);
  return NULL;
}

static const char *start(uint32_t stream, const uint8_t *body, size_t size) {
  struct open_kept header;
  if (size < sizeof header) return "a malformed process to keep";
  memcpy(&header, body, sizeof header);
  if (header.memo > MAX_MEMO || size - sizeof header < header.memo || header.kept < MIN_REPLAY || header.kept > MAX_REPLAY)
    return "a process to keep that is too large";
  if (kept_find(header.key)) return refuse(stream, EEXIST);
  forget_old();
  if (!make_place()) return refuse(stream, EMFILE);
  struct process kept = {.is_kept = 1, .memo_size = header.memo, .cols = header.cols, .rows = header.rows};
  kept.has_terminal = (header.flags & WITH_TERMINAL) != 0;
  kept.replay.size = header.kept;
  if (!(kept.memo = map_memory(MAX_MEMO + header.kept))) return refuse(stream, ENOMEM);
  kept.replay.bytes = kept.memo + MAX_MEMO;
  memcpy(kept.key, header.key, KEY_SIZE);
  memcpy(kept.memo, body + sizeof header, header.memo);
  int is_begun;
  size_t skipped = sizeof header + header.memo;
  const char *wrong = process_begin(stream, body + skipped, size - skipped, &kept, header.flags & LOGIN_SHELL, &is_begun);
  if (!is_begun) free_memory(&kept);
  return wrong;
}

static const char *control(uint32_t stream, const uint8_t *body, size_t size) {
  struct open_control header;
  if (size != sizeof header) return "a malformed request for a process";
  memcpy(&header, body, sizeof header);
  struct process *p = kept_find(header.key);
  if (!p) return refuse(stream, ENOENT);
  if (p->attached) return "a process that has a stream already";
  uint32_t pid = (uint32_t)p->pid, credit = (uint32_t)(STDIN_WINDOW - p->input_length);
  link_send(OPENED, IN, stream, &pid, sizeof pid);
  link_send(PLACE, IN, stream, &p->input_taken, sizeof p->input_taken);
  if (p->state == ENDED) {
    link_send(CLOSED, IN, stream, &p->result, sizeof p->result);
    return NULL;
  }
  if (credit && !p->input_ended) link_send(CREDIT, IN, stream, &credit, sizeof credit);
  p->attached = 1;
  p->stream = stream;
  return NULL;
}

static const char *list(uint32_t stream) {
  if (list_stream) return refuse(stream, EBUSY);
  forget_old();
  uint32_t none = 0;
  list_stream = stream;
  link_send(OPENED, IN, stream, &none, sizeof none);
  return NULL;
}

static int push_list(void) {
  uint8_t *space = list_stream ? link_data_space() : NULL;
  if (!space) return 0;
  size_t length = 0;
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
    if (!p->is_kept) continue;
    struct kept_entry entry = {
        .pid = (uint32_t)p->pid,
        .has_ended = p->state == ENDED,
        .has_terminal = p->has_terminal != 0,
        .input_is_open = p->fds[IN] >= 0 && !p->input_ended,
        .cols = p->cols,
        .rows = p->rows,
        .kept = p->replay.size,
        .memo = p->memo_size,
        .first = p->replay.first,
        .next = p->replay.next,
        .input = p->input_taken,
    };
    memcpy(entry.key, p->key, KEY_SIZE);
    if (p->state == ENDED) memcpy(&entry.end, &p->result, sizeof entry.end);
    memcpy(space + length, &entry, sizeof entry);
    memcpy(space + length + sizeof entry, p->memo, p->memo_size);
    length += sizeof entry + p->memo_size;
  }
  if (length) link_commit_data(OUT, list_stream, length);
  struct closed done = {0};
  link_send(CLOSED, IN, list_stream, &done, sizeof done);
  list_stream = 0;
  return 1;
}
_Static_assert(MAX_KEPT * (sizeof(struct kept_entry) + MAX_MEMO) <= MAX_DATA, "the list fits into one frame");

static const char *kept_open(uint32_t stream, const uint8_t *body, size_t size) {
  switch (body[0]) {
  case KEPT_PROCESS: return start(stream, body, size);
  case PROCESS_CONTROL: return control(stream, body, size);
  default: return list(stream);
  }
}

static int kept_has(uint32_t stream) { return find(stream) || (list_stream && list_stream == stream); }

static const char *kept_data(uint32_t stream, const uint8_t *bytes, size_t size) {
  struct process *p = find(stream);
  return p ? process_input(p, bytes, size) : "input for a list";
}

static const char *kept_end(uint32_t stream) {
  struct process *p = find(stream);
  if (p) process_end_input(p);
  return NULL;
}

static const char *kept_credit(uint32_t stream, uint8_t channel, uint32_t more) {
  (void)stream, (void)channel, (void)more;
  return NULL; /* what it writes goes elsewhere */
}

static const char *kept_control(uint32_t stream, uint8_t type, const uint8_t *body, size_t size) {
  struct process *p = find(stream);
  if (type == SIGNAL) return process_signal(p, body, size);
  if (type != RESIZE || size != 4) return "a frame that is not for a process";
  if (!p || !p->has_terminal || p->fds[OUT] < 0) return NULL;
  memcpy(&p->cols, body, 2);
  memcpy(&p->rows, body + 2, 2);
  terminal_resize(p->fds[OUT], p->cols, p->rows);
  return NULL;
}

static const char *kept_reset(uint32_t stream) {
  struct process *p = find(stream);
  if (p && p->state == RUNS) kill_family(p->pid);
  return NULL;
}

static void kept_link_ended(void) { list_stream = 0; }

const struct stream_handler kept_handler = {
    .has = kept_has,
    .open = kept_open,
    .data = kept_data,
    .end = kept_end,
    .credit = kept_credit,
    .control = kept_control,
    .reset = kept_reset,
    .link_ended = kept_link_ended,
    .push = push_list,
};
