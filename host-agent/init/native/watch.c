/* What changes in a directory: the kernel's own events, passed on as they are after one of zeros, which says that the watch stands. */
#include "files.h"

struct change {
  int32_t watch;
  uint32_t mask, cookie, length;
  char name[];
};

#define IN_MODIFY 0x2
#define IN_ATTRIB 0x4
#define IN_CLOSE_WRITE 0x8
#define IN_MOVED_FROM 0x40
#define IN_MOVED_TO 0x80
#define IN_CREATE 0x100
#define IN_DELETE 0x200
#define IN_DELETE_SELF 0x400
#define IN_MOVE_SELF 0x800
#define IN_UNMOUNT 0x2000
#define IN_IGNORED 0x8000
#define IN_ONLYDIR 0x1000000
#define IN_GONE (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)
#define IN_WANTED (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

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
