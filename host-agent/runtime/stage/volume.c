/* The sandbox's own disk: a sparse or reserved file with a file system in it. */
#define _GNU_SOURCE
#include "stage.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define LEFT_FOR_THE_MACHINE (512ull * 1024 * 1024)

/* Copies only what holds data: a blank volume of 2 GiB has about 1 MiB of it. */
static void copy_data(int from, int to, off_t size) {
  off_t at = 0;
  while (at < size) {
    off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;
    must(data < 0 ? -1 : 0, "find data in the blank volume", NULL);
    off_t hole = lseek(from, data, SEEK_HOLE);
    must(hole < 0 ? -1 : 0, "find a hole in the blank volume", NULL);
    off_t target = data;
    while (data < hole) {
      ssize_t copied = copy_file_range(from, &data, to, &target, hole - data, 0);
      must(copied <= 0 ? -1 : 0, "copy the blank volume", NULL);
    }
    at = hole;
  }
}

/* Asked before anything is taken: reserving until the disk is full would be felt by everyone on it. */
static int has_room(off_t size) {
  struct statvfs disk;
  must(statvfs(".", &disk), "look at", "the disk");
  if ((unsigned long long)disk.f_bavail * disk.f_frsize >= (unsigned long long)size + LEFT_FOR_THE_MACHINE) return 1;
  unlink("volume.new");
  errno = ENOSPC;
  return 0;
}

/* The volume is complete once it has its name, so a crash while it is made leaves none. */
int open_volume(const struct plan *plan) {
  int volume = open("volume", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (volume >= 0 || errno != ENOENT) return must(volume, "open", "volume");
  int blank = must(open(plan->blank, O_RDONLY | O_CLOEXEC), "open", plan->blank);
  struct stat facts;
  must(fstat(blank, &facts), "look at", plan->blank);
  volume = must(open("volume.new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), "create", "volume.new");
  must(ftruncate(volume, facts.st_size), "size", "volume.new");
  if (plan->reserve) must(has_room(facts.st_size) ? 0 : -1, "reserve the disk space of", "the sandbox");
  if (plan->reserve && fallocate(volume, 0, 0, facts.st_size) < 0 && errno != EOPNOTSUPP) {
    int why = errno;
    unlink("volume.new");
    errno = why;
    die("reserve the disk space of", "the sandbox");
  }
  copy_data(blank, volume, facts.st_size);
  close(blank);
  must(rename("volume.new", "volume"), "name", "volume");
  return volume;
}

/* A loop device that frees itself once nothing uses it any more. */
int attach_loop(int volume, char *path, size_t size) {
  int control = must(open("/dev/loop-control", O_RDWR | O_CLOEXEC), "open", "/dev/loop-control");
  struct loop_config config = {.fd = (unsigned)volume, .block_size = 4096, .info = {.lo_flags = LO_FLAGS_AUTOCLEAR}};
  for (int attempt = 0; attempt < 1000; attempt++) {
    int number = must(ioctl(control, LOOP_CTL_GET_FREE), "get", "a free loop device");
    snprintf(path, size, "/dev/loop%d", number);
    int device = open(path, O_RDWR | O_CLOEXEC);
    if (device < 0 && errno == ENOENT) {
      /* Where nobody creates device nodes for us. */
      mknod(path, S_IFBLK | 0600, (dev_t)(7u << 8 | (unsigned)number));
      device = open(path, O_RDWR | O_CLOEXEC);
    }
    if (device >= 0 && ioctl(device, LOOP_CONFIGURE, &config) == 0) {
      close(control);
      return device;
    }
    /* Another one was quicker. */
    if (errno != EBUSY) die("attach", path);
    if (device >= 0) close(device);
  }
  die("attach", "a loop device");
  return -1;
}
