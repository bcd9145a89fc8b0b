/* What changes in a directory: the kernel's own events, passed on as they are after one of zeros, which says that the watch stands. */
#include "files.h"
#include "watch.h"

void do_watch(char **texts) {
  static char events[32 * 1024] __attribute__((aligned(8)));
  struct change ready = {0};
  int notices = (int)checked(CALL1(__NR_inotify_init1, O_CLOEXEC));
  checked(CALL3(__NR_inotify_add_watch, notices, texts[0], IN_WANTED | IN_ONLYDIR));
  answer(&ready, sizeof ready);
  flush_answer();
  /* While the agent does not take them, they wait in the kernel, which says when it had to drop some. */
  for (;;) {
    long got = sys_read(notices, events, sizeof events);
    if (got == -EINTR) continue;
    checked(got);
    answer(events, (size_t)got);
    flush_answer();
    for (long at = 0; at < got;) {
      const struct change *change = (const struct change *)(events + at);
      if (change->mask & IN_GONE) return;
      at += (long)(sizeof *change + change->length);
    }
  }
}
