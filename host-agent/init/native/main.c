/*
 * muster-init: pid 1 of every sandbox. It listens on a socket that it inherited (descriptor 3) and starts what the
 * agent asks for. The socket's name is outside of the sandbox, so that no guest can connect; it outlives the agent, so
 * that the next one finds the sandbox as it is.
 *
 * One loop, no threads, no allocation but for large inputs, everything bounded.
 */
#include "kernel.h"
#include "link.h"
#include "process.h"
#include "stream.h"

#define LISTENER 3
#define FIXED 3 /* listener, signals, agent */

static struct pollfd polls[FIXED + POLL_SLOTS];

static _Noreturn void run(int signals) {
  for (;;) {
    size_t count = streams_interest(polls + FIXED);
    polls[0] = (struct pollfd){LISTENER, POLLIN, 0};
    polls[1] = (struct pollfd){signals, POLLIN, 0};
    polls[2] = (struct pollfd){link_descriptor(), link_interest(), 0};
    int tick = processes_next_tick();
    struct __kernel_timespec wait = {tick / 1000, (long long)(tick % 1000) * 1000000};
    long ready = CALL5(__NR_ppoll, polls, FIXED + count, tick < 0 ? NULL : &wait, NULL, 0);
    processes_tick();
    if (ready <= 0) continue;
    streams_move(polls + FIXED);
    if (polls[1].revents) {
      char siginfo[128 * 4];
      while (sys_read(signals, siginfo, sizeof siginfo) > 0) continue;
      processes_reap();
    }
    if (polls[2].revents & ~POLLOUT) link_receive();
    if (polls[0].revents) link_accept(LISTENER);
    do link_flush();
    while (streams_push());
  }
}

_Noreturn void init_main(void) {
  uint64_t all_signals = ~0ull;
  /* Nothing in the sandbox may look into this process or stop it. */
  CALL2(__NR_prctl, PR_SET_DUMPABLE, 0);
  CALL4(__NR_rt_sigprocmask, SIG_SETMASK, &all_signals, 0, SIGNALS_SIZE);
  if (CALL3(__NR_fcntl, LISTENER, F_SETFD, FD_CLOEXEC) < 0) {
    complain("no socket was handed over as descriptor 3", "", "");
    sys_exit(1);
  }
  CALL3(__NR_close_range, LISTENER + 1, ~0u, 0);
  uint64_t child_signal = 1ull << (SIGCHLD - 1);
  int signals = (int)CALL4(__NR_signalfd4, -1, &child_signal, SIGNALS_SIZE, SIGNALFD_CLOEXEC | SIGNALFD_NONBLOCK);
  if (signals < 0) {
    complain("cannot watch for children", "", "");
    sys_exit(1);
  }
  run(signals);
}

__asm__(".globl _start\n"
        "_start:\n"
#if defined(__x86_64__)
        "  xor %ebp, %ebp\n"
        "  and $-16, %rsp\n"
        "  call init_main\n"
#else
        "  mov x29, xzr\n"
        "  bl init_main\n"
#endif
);
