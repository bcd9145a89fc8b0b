/*
 * Starts processes for the agent, because a small process forks in a tenth of a millisecond and a large one in several.
 *
 * On its input come requests: the length of what follows, as 32 bits in the machine's order, then texts that end with 0:
 * a number, the path of a log, and the arguments. On its output goes a line for each that has ended:
 *
 *   NUMBER CODE SIGNAL START
 *
 * CODE or SIGNAL is 0; what it wrote begins at the byte START of its log. It ends with its input, and all with it.
 * Before that, as soon as one can be connected to the init that it is about to start:
 *
 *   listening NUMBER
 *
 * What those leave behind, the inits of sandboxes, becomes its own, and their ends are told, too:
 *
 *   left PID CODE SIGNAL
 */
#define _GNU_SOURCE
#include "stage.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGUMENTS 256
#define MAX_REQUEST (256 * 1024)
#define MAX_AT_ONCE 1024
/* A runtime that takes longer is killed. */
#define TIME_LIMIT_SECONDS 30

static struct child {
  pid_t pid;
  char number[24];
  long long start;
} children[MAX_AT_ONCE];
static char buffered[MAX_REQUEST];
static size_t filled;

void live_no_longer_than(int parent) {
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "bind", "the life of this process to its parent's");
  if (getppid() != parent) _exit(STAGE_FAILED);
}

static _Noreturn void become(int parent, const char *number, int log, int runtime, int argc, char **argv) {
  int is_sealed = runtime >= 0;
  /* What an agent began and did not live to see is undone by the next one, which must not race with it. */
  live_no_longer_than(parent);
  must(dup2(log, 2), "place", "the log");
  must(dup3(1, ANSWERS, O_CLOEXEC), "place", "the way to the agent");
  must(dup2(2, 1), "place", "the log");
  if (is_sealed) must(dup3(runtime, RUNTIME, O_CLOEXEC), "place", "the runtime");
  /* The C library knows it by name only since 2.34. */
  must((int)syscall(SYS_close_range, 3, ANSWERS - 1, 0), "close", "what is not its own");
  must((int)syscall(SYS_close_range, is_sealed ? RUNTIME + 1 : RUNTIME, ~0u, 0), "close", "what is not its own");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  alarm(TIME_LIMIT_SECONDS);
  stage(parent, number, is_sealed, argc, argv);
}

/* How an init has ended. It lives on when this process goes, as somebody else's. */
static void tell_left(pid_t pid, int code, int signal) {
  if (dprintf(1, "left %d %d %d\n", (int)pid, code, signal) < 0) exit(0);
}

static void tell(const char *number, int code, int signal, long long start) {
  if (dprintf(1, "%s %d %d %lld\n", number, code, signal, start) < 0) exit(0);
}

/* Where it is asked to run a sealed copy: that. */
static int copy_for(int argc, char **argv) {
  int wanted = 0, i = 1;
  for (; i < argc && strcmp(argv[i], "--"); i++) wanted |= !strcmp(argv[i], "--sealed");
  return wanted && i + 1 < argc ? sealed_copy(argv[i + 1]) : -1;
}

/* The texts of a request: a number, the path of a log, arguments. */
static void start(char *texts, size_t length) {
  char *argv[MAX_ARGUMENTS + 2] = {"muster-stage"};
  char *number = texts, *path = NULL;
  int argc = 1;
  if (length == 0 || texts[length - 1] != 0) exit(STAGE_FAILED);
  for (char *text = texts + strlen(texts) + 1; text < texts + length; text += strlen(text) + 1) {
    if (!path) path = text;
    else if (argc <= MAX_ARGUMENTS) argv[argc++] = text;
  }
  struct child *child = children;
  while (child < children + MAX_AT_ONCE && child->pid) child++;
  int log = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  struct stat facts = {0};
  if (child == children + MAX_AT_ONCE || log < 0 || fstat(log, &facts) < 0) return tell(number, STAGE_FAILED, 0, 0);
  snprintf(child->number, sizeof child->number, "%s", number);
  child->start = facts.st_size;
  int self = getpid(), runtime = copy_for(argc, argv);
  child->pid = fork();
  if (child->pid == 0) become(self, number, log, runtime, argc, argv);
  close(log);
  if (child->pid > 0) return;
  child->pid = 0;
  tell(number, STAGE_FAILED, 0, child->start);
}

static void read_requests(void) {
  ssize_t got = read(0, buffered + filled, sizeof buffered - filled);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) exit(0);
  filled += (size_t)got;
  size_t used = 0;
  for (uint32_t length; filled - used >= sizeof length; used += sizeof length + length) {
    memcpy(&length, buffered + used, sizeof length);
    if (length > sizeof buffered - sizeof length) exit(STAGE_FAILED);
    if (filled - used < sizeof length + length) break;
    start(buffered + used + sizeof length, length);
  }
  memmove(buffered, buffered + used, filled - used);
  filled -= used;
}

static void bury(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    struct child *child = children;
    while (child < children + MAX_AT_ONCE && child->pid != pid) child++;
    if (child == children + MAX_AT_ONCE) {
      tell_left(pid, code, signal);
      continue;
    }
    child->pid = 0;
    tell(child->number, code, signal, child->start);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "muster-stage: the agent starts this with its pid\n");
    return STAGE_FAILED;
  }
  live_no_longer_than(atoi(argv[1]));
  must(prctl(PR_SET_CHILD_SUBREAPER, 1), "become", "the parent of what is left behind");
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, NULL);
  int ends = must(signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK), "watch", "the ends of processes");
  struct pollfd ready[] = {{.fd = 0, .events = POLLIN}, {.fd = ends, .events = POLLIN}};
  for (;;) {
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return STAGE_FAILED;
    struct signalfd_siginfo told;
    if (ready[1].revents) while (read(ends, &told, sizeof told) > 0) continue;
    if (ready[1].revents) bury();
    if (ready[0].revents) read_requests();
  }
}
