/* The kernel's events of directories, as linux/inotify.h has them; that includes a C library. */
#ifndef MUSTER_WATCH_H
#define MUSTER_WATCH_H

#include "kernel.h"

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
#define IN_Q_OVERFLOW 0x4000
#define IN_ONLYDIR 0x1000000
#define IN_DONT_FOLLOW 0x2000000
#define IN_ISDIR 0x40000000
#define IN_GONE (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)
#define IN_WANTED (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)
/* Ours: there are more directories than are watched; how many are stands in the cookie. The kernel has nobody tell of reading. */
#define WATCH_PARTIAL 0x1

#endif
