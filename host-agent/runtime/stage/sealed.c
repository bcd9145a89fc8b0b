/*
 * A program as a sealed copy in memory. A guest can reach the file of a runtime that enters its sandbox by way of /proc
 * (CVE-2019-5736), so crun does not work from a file that can be changed: it starts itself once more from a read-only
 * place, unless it finds that it runs from a copy with these seals.
 */
#define _GNU_SOURCE
#include "stage.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int copy_to_memory(int from, off_t size) {
  int copy = memfd_create("runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  /* Kernels before 6.3 know no such flag, and need none. */
  if (copy < 0 && errno == EINVAL) copy = memfd_create("runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (copy < 0) return -1;
  off_t at = 0;
  while (at < size && sendfile(copy, from, &at, (size_t)(size - at)) > 0) continue;
  /* Out of the way of the descriptors that its processes have. */
  int high = at == size && fcntl(copy, F_ADD_SEALS, SEALS) == 0 ? fcntl(copy, F_DUPFD_CLOEXEC, RUNTIME + 1) : -1;
  close(copy);
  return high;
}

static int is_same(const struct stat *one, const struct stat *other) {
  return one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_size == other->st_size &&
         one->st_ctim.tv_sec == other->st_ctim.tv_sec && one->st_ctim.tv_nsec == other->st_ctim.tv_nsec;
}

int sealed_copy(const char *path) {
  static int copy = -1;
  static struct stat copied;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat facts;
  if (file < 0 || fstat(file, &facts) < 0) {
    if (file >= 0) close(file);
    return -1;
  }
  if (!is_same(&facts, &copied)) {
    if (copy >= 0) close(copy);
    copy = copy_to_memory(file, facts.st_size);
    copied = copy < 0 ? (struct stat){0} : facts;
  }
  close(file);
  return copy;
}
