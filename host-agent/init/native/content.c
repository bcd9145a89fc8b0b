/* What is in a file, to the agent. */
#include "files.h"

#define PIECE (256 * 1024)

/* Without a way through this process where the kernel can do that; files of /proc want to be read. */
static void pass_on(int fd, uint64_t left) {
  static char bytes[64 * 1024];
  int direct = 1;
  while (left > 0) {
    size_t piece = left < PIECE ? (size_t)left : PIECE;
    long moved = direct ? CALL4(__NR_sendfile, 1, fd, 0, piece) : sys_read(fd, bytes, piece < sizeof bytes ? piece : sizeof bytes);
    if (moved == -EINTR) continue;
    if (direct && (moved == -EINVAL || moved == -ENOSYS)) {
      direct = 0;
      continue;
    }
    if (moved == 0) return;
    checked(moved);
    if (!direct) {
      answer(bytes, (size_t)moved);
      flush_answer();
    }
    left -= (uint64_t)moved;
  }
}

void do_read(char **texts) {
  uint64_t offset = number_of(texts[1]), length = number_or(texts[2], UINT64_MAX);
  struct statx facts;
  int place = open_place(texts[0], !number_of(texts[3]));
  checked(look(place, "", &facts));
  if (S_ISDIR(facts.stx_mode)) sys_exit(EISDIR);
  if (S_ISLNK(facts.stx_mode)) sys_exit(LINK_REFUSED);
  /* Opened only now that it is known to be a file: a pipe or a device would notice, or wait. */
  if (!S_ISREG(facts.stx_mode)) sys_exit(NOT_REGULAR);
  int fd = (int)checked(sys_open(descriptor_path(place), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  tell(place, "", &facts, "", 0);
  flush_answer();
  if (offset > 0) checked(CALL3(__NR_lseek, fd, offset, 0));
  pass_on(fd, length);
}
