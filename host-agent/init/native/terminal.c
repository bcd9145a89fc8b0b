/* Terminals: pairs of the sandbox's own devpts, found without a name that a guest could have put something else behind. */
#include "command.h"
#include "kernel.h"
#include <asm/termbits.h>

struct window_size {
  uint16_t rows, cols, x, y;
};

long terminal_resize(int master, uint16_t cols, uint16_t rows) {
  struct window_size size = {rows, cols, 0, 0};
  return CALL3(__NR_ioctl, master, TIOCSWINSZ, &size);
}

/* `ours[IN]` and `ours[OUT]` are two descriptors of the one end, because they are closed one after the other. */
long terminal_open(uint16_t cols, uint16_t rows, int *theirs, int ours[3]) {
  /* devpts cannot be changed by a guest, not even by its root: nothing can be removed from it or put into it. */
  long master = sys_open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (master < 0) return master;
  ours[OUT] = (int)master;
  int locked = 0;
  struct termios modes;
  long result = CALL3(__NR_ioctl, master, TIOCSPTLCK, &locked);
  if (result >= 0) result = CALL3(__NR_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (result < 0) return result;
  *theirs = (int)result;
  if (CALL3(__NR_ioctl, *theirs, TCGETS, &modes) >= 0) {
    modes.c_iflag |= IUTF8;
    CALL3(__NR_ioctl, *theirs, TCSETS, &modes);
  }
  terminal_resize((int)master, cols, rows);
  result = CALL3(__NR_fcntl, master, F_DUPFD_CLOEXEC, 4);
  if (result >= 0) ours[IN] = (int)result;
  return result;
}

int terminal_foreground(int master) {
  int group = 0;
  return CALL3(__NR_ioctl, master, TIOCGPGRP, &group) >= 0 ? group : 0;
}

void terminal_control(int terminal, uint32_t uid) {
  CALL3(__NR_fchown, terminal, uid, -1);
  CALL3(__NR_ioctl, terminal, TIOCSCTTY, 0);
}
