#include "process.h"
#include "command.h"
#include "link.h"
#include "stream.h"

/* Largest slice of time that counts against a timeout at once: what is longer, the sandbox was frozen for. */
#define MAX_SLICE_US 1500000u
#define TICK_MS 1000
#define END_OF_FILE 4          /* Ctrl-D */
#define MOST_IN_TERMINAL 65536 /* the kernel holds less than that between a program and us */

struct process processes[MAX_STREAMS];
static uint64_t last_tick_us;

static struct process *find(uint32_t stream) {
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++)
    if (p->attached && !p->is_kept && p->stream == stream) return p;
  return NULL;
}

static void close_end(struct process *p, enum channel channel) {
  if (p->fds[channel] >= 0) sys_close(p->fds[channel]);
  p->fds[channel] = -1;
}

void process_drop_input(struct process *p) {
  if (p->input) unmap_memory(p->input, STDIN_WINDOW + 1);
  p->input = NULL;
  p->input_length = 0;
  close_end(p, IN);
}

static void release_if_done(struct process *p) {
  if (p->state == DRAINS && p->fds[OUT] < 0 && p->fds[ERR] < 0) p->state = FREE;
}

void process_forget(struct process *p) {
  p->state = DRAINS;
  release_if_done(p);
}

/* The stream is over: tells the agent, and from now on only keeps the background's output from blocking. */
static void finish(struct process *p) {
  if (p->attached) link_send(CLOSED, IN, p->stream, &p->result, sizeof p->result);
  p->attached = 0;
  p->ended_us = now_us();
  p->state = p->is_kept ? ENDED : DRAINS;
  process_drop_input(p);
  release_if_done(p);
}

static void finish_if_empty(struct process *p) {
  if (p->state != EMPTIES) return;
  for (int channel = OUT; channel <= ERR; channel++)
    if ((p->attached || p->is_kept) && p->fds[channel] >= 0 && p->rest[channel] > 0) return;
  finish(p);
}

/* ---- opening ---- */

/* A free place; else that of the oldest one whose output is only being dropped. NULL where all are in use. */
static struct process *take_slot(void) {
  struct process *oldest = NULL;
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
    if (p->state == FREE) return p;
    if (p->state == DRAINS && (!oldest || p->started_us < oldest->started_us)) oldest = p;
  }
  for (int channel = OUT; oldest && channel <= ERR; channel++) close_end(oldest, channel);
  return oldest;
}

const char *process_begin(uint32_t stream, const uint8_t *body, size_t size, const struct process *kept, int login_shell, int *is_begun) {
  struct command command = {.in = -1, .out = -1, .err = -1};
  *is_begun = 0;
  if (kept) {
    command.with_terminal = kept->has_terminal;
    command.cols = kept->cols, command.rows = kept->rows;
    command.login_shell = login_shell;
  }
  struct open_header header;
  if (!command_read(&command, &header, body, size)) return "a malformed command";
  struct process *p = take_slot();
  struct closed refusal = {.code = EMFILE, .flags = NOT_STARTED};
  if (p) {
    *p = kept ? *kept : (struct process){0};
    p->state = FREE;
    p->fds[IN] = p->fds[OUT] = p->fds[ERR] = -1;
    long result = command_start(&command, header.flags & WITH_STDIN, p->fds);
    if (result > 0) {
      p->state = RUNS, p->attached = 1, p->stream = stream, p->pid = (int)result;
      p->credit[OUT] = p->credit[ERR] = header.window;
      p->ends_with_link = header.flags & ENDS_WITH_LINK;
      p->budget_us = (uint64_t)header.timeout_ms * 1000u;
      p->started_us = now_us();
      /* Time that passed while nothing had a timeout must not count against this one. */
      processes_tick();
      uint32_t pid = (uint32_t)result;
      link_send(OPENED, IN, stream, &pid, sizeof pid);
      *is_begun = 1;
      return NULL;
    }
    p->is_kept = 0;
    refusal.code = (uint32_t)-result;
  }
  link_send(CLOSED, IN, stream, &refusal, sizeof refusal);
  return NULL;
}

static const char *process_open(uint32_t stream, const uint8_t *body, size_t size) {
  int is_begun;
  return process_begin(stream, body, size, NULL, 0, &is_begun);
}

/* ---- frames for a stream; one that is over already may still get some, which are ignored ---- */

const char *process_input(struct process *p, const uint8_t *bytes, size_t size) {
  if (p->input_ended) return "input after its end";
  if (p->fds[IN] < 0) {
    /* Nobody reads it: consumed. */
    uint32_t more = (uint32_t)size;
    link_send(CREDIT, IN, p->stream, &more, sizeof more);
    p->input_taken += size;
    return NULL;
  }
  if (size > STDIN_WINDOW - p->input_length) return "more input than it has credit for";
  if (!p->input && !(p->input = map_memory(STDIN_WINDOW + 1))) return "input without memory for it";
  if (p->input_start + p->input_length + size > STDIN_WINDOW) {
    memmove(p->input, p->input + p->input_start, p->input_length);
    p->input_start = 0;
  }
  memcpy(p->input + p->input_start + p->input_length, bytes, size);
  p->input_length += size;
  p->input_taken += size;
  return NULL;
}

static const char *process_stdin(uint32_t stream, const uint8_t *bytes, size_t size) {
  struct process *p = find(stream);
  return p ? process_input(p, bytes, size) : NULL;
}

void process_end_input(struct process *p) {
  if (p->input_ended) return;
  p->input_ended = 1;
  if (p->has_terminal && p->fds[IN] >= 0 && (p->input || (p->input = map_memory(STDIN_WINDOW + 1)))) {
    memmove(p->input, p->input + p->input_start, p->input_length);
    p->input_start = 0;
    p->input[p->input_length++] = END_OF_FILE;
  }
  if (p->input_length == 0) process_drop_input(p);
}

static const char *process_stdin_end(uint32_t stream) {
  struct process *p = find(stream);
  if (p) process_end_input(p);
  return NULL;
}

static const char *process_credit(uint32_t stream, uint8_t channel, uint32_t more) {
  struct process *p = find(stream);
  if (p) p->credit[channel] += more;
  return NULL;
}

const char *process_signal(struct process *p, const uint8_t *body, size_t size) {
  if (size != 4) return "a signal of a wrong size";
  uint32_t signal = u32_at(body);
  if (signal < 1 || signal > 64) return "a signal that does not exist";
  if (!p || p->state != RUNS) return NULL;
  if (signal == SIGKILL) {
    kill_family(p->pid);
    return NULL;
  }
  int foreground = p->has_terminal ? terminal_foreground(p->fds[OUT]) : 0;
  if (foreground > 0 && foreground != p->pid) {
    sys_kill(-foreground, (int)signal);
    if (signal != SIGHUP && signal != SIGTERM) return NULL;
  }
  /* A child that has just been forked has no group yet. */
  if (sys_kill(-p->pid, (int)signal) == -ESRCH) sys_kill(p->pid, (int)signal);
  return NULL;
}

static const char *process_control(uint32_t stream, uint8_t type, const uint8_t *body, size_t size) {
  return type == SIGNAL ? process_signal(find(stream), body, size) : "a frame that is not for a process";
}

static void drop_output(struct process *p) {
  for (int channel = OUT; channel <= ERR; channel++) p->rest[channel] = p->credit[channel] = 0;
}

static const char *process_reset(uint32_t stream) {
  struct process *p = find(stream);
  if (!p) return NULL;
  drop_output(p);
  close_end(p, OUT);
  close_end(p, ERR);
  if (p->state == RUNS) kill_family(p->pid);
  finish_if_empty(p);
  return NULL;
}

static void processes_link_ended(void) {
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
    if (!p->attached) continue;
    p->attached = 0;
    if (p->is_kept) continue;
    process_drop_input(p);
    if (p->state == RUNS && p->ends_with_link) kill_family(p->pid);
    finish_if_empty(p);
  }
}

/* ---- the dead ---- */

static void note_end(struct process *p, int status) {
  int signal = status & 0x7f;
  p->result.signal = (uint32_t)signal;
  p->result.code = signal ? 128u + (uint32_t)signal : (uint32_t)(status >> 8 & 0xff);
  p->result.duration_us = now_us() - p->started_us;
  p->budget_us = 0;
  p->state = EMPTIES;
  for (int channel = OUT; channel <= ERR; channel++) {
    int waiting = 0;
    if (p->fds[channel] < 0) continue;
    if (p->has_terminal) p->rest[channel] = MOST_IN_TERMINAL;
    else if (CALL3(__NR_ioctl, p->fds[channel], FIONREAD, &waiting) == 0) p->rest[channel] = (uint64_t)waiting;
  }
  finish_if_empty(p);
}

void processes_reap(void) {
  for (;;) {
    int status = 0;
    int pid = (int)CALL4(__NR_wait4, -1, &status, WNOHANG, 0);
    if (pid <= 0) return;
    for (struct process *p = processes; p < processes + MAX_STREAMS; p++)
      if (p->state == RUNS && p->pid == pid) {
        note_end(p, status);
        break;
      }
  }
}

/* ---- moving bytes ---- */

static uint64_t may_send(struct process *p, int channel) {
  if (p->fds[channel] < 0) return 0;
  if (p->is_kept && p->state != ENDED) {
    uint64_t room = output_room(p);
    return room < MAX_DATA ? room : MAX_DATA;
  }
  if (!p->attached) return MAX_DATA; /* read and dropped */
  uint64_t allowed = p->credit[channel] < MAX_DATA ? p->credit[channel] : MAX_DATA;
  return p->state == EMPTIES && p->rest[channel] < allowed ? p->rest[channel] : allowed;
}

static size_t processes_interest(struct pollfd *polls) {
  size_t count = 0;
  int can_send = link_data_space() != NULL;
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
    if (p->state == FREE) continue;
    if (p->fds[IN] >= 0 && p->input_length > 0) polls[count++] = (struct pollfd){p->fds[IN], POLLOUT, 0};
    for (int channel = OUT; channel <= ERR; channel++)
      if (may_send(p, channel) && (can_send || !p->attached || p->is_kept)) polls[count++] = (struct pollfd){p->fds[channel], POLLIN, 0};
  }
  return count;
}

static void write_input(struct process *p) {
  long written = sys_write(p->fds[IN], p->input + p->input_start, p->input_length);
  if (written == -EAGAIN || written == -EINTR) return;
  /* It closed its input: the rest is consumed. */
  uint32_t consumed = (uint32_t)(written < 0 ? p->input_length : (size_t)written);
  p->input_start += consumed;
  p->input_length -= consumed;
  if (p->input_length == 0) p->input_start = 0;
  if (p->attached && !p->input_ended) link_send(CREDIT, IN, p->stream, &consumed, sizeof consumed);
  if (written < 0 || (p->input_ended && p->input_length == 0)) process_drop_input(p);
}

static void read_output(struct process *p, enum channel channel) {
  static uint8_t elsewhere[MAX_DATA];
  size_t allowed = (size_t)may_send(p, channel);
  uint8_t *space = p->attached && !p->is_kept ? link_data_space() : elsewhere;
  if (!allowed || !space) return;
  long got = sys_read(p->fds[channel], space, allowed);
  if (got == -EINTR || (got == -EAGAIN && !(p->state == EMPTIES && p->has_terminal))) return;
  if (got <= 0) {
    close_end(p, channel);
  } else if (p->is_kept) {
    if (p->state != ENDED) replay_append(&p->replay, (uint8_t)channel, space, (size_t)got);
    if (p->state == EMPTIES) p->rest[channel] -= (uint64_t)got < p->rest[channel] ? (uint64_t)got : p->rest[channel];
  } else if (p->attached) {
    p->credit[channel] -= (uint64_t)got;
    if (p->state == EMPTIES) p->rest[channel] -= (uint64_t)got;
    link_commit_data(channel, p->stream, (size_t)got);
  }
  finish_if_empty(p);
  release_if_done(p);
}

static void processes_move(const struct pollfd *polls, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!polls[i].revents) continue;
    for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
      if (p->state == FREE) continue;
      if (polls[i].fd == p->fds[IN] && p->input_length > 0) write_input(p);
      else if (polls[i].fd == p->fds[OUT]) read_output(p, OUT);
      else if (polls[i].fd == p->fds[ERR]) read_output(p, ERR);
      else continue;
      break;
    }
  }
}

/* ---- timeouts ---- */

int processes_next_tick(void) {
  int wait_ms = outputs_tick(0) ? TICK_MS : -1;
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
    if (p->state != RUNS || !p->budget_us) continue;
    uint64_t rest_ms = p->budget_us / 1000u + 1u;
    int mine = rest_ms < TICK_MS ? (int)rest_ms : TICK_MS;
    if (wait_ms < 0 || mine < wait_ms) wait_ms = mine;
  }
  return wait_ms;
}

void processes_tick(void) {
  uint64_t now = now_us();
  uint64_t slice = now - last_tick_us;
  last_tick_us = now;
  if (slice > MAX_SLICE_US) slice = MAX_SLICE_US;
  outputs_tick(slice);
  for (struct process *p = processes; p < processes + MAX_STREAMS; p++) {
    if (p->state != RUNS || !p->budget_us) continue;
    /* A process that began within this slice has not had all of it. */
    uint64_t lived = now - p->started_us;
    uint64_t used = slice < lived ? slice : lived;
    if (p->budget_us > used) {
      p->budget_us -= used;
      continue;
    }
    p->budget_us = 0;
    p->result.flags |= TIMED_OUT;
    kill_family(p->pid);
  }
}

static int process_has(uint32_t stream) { return find(stream) != NULL; }

const struct stream_handler process_handler = {
    .has = process_has,
    .open = process_open,
    .data = process_stdin,
    .end = process_stdin_end,
    .credit = process_credit,
    .control = process_control,
    .reset = process_reset,
    .link_ended = processes_link_ended,
    .interest = processes_interest,
    .move = processes_move,
    .poll_slots = MAX_STREAMS * 3,
};
