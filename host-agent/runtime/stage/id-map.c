/* The user namespace by which mounts shift their owners. */
#define _GNU_SOURCE
#include "stage.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDS_PER_SANDBOX 65536

struct id_map begin_id_map(void) {
  int ready[2], done[2];
  char byte = 0;
  must(pipe2(ready, O_CLOEXEC), "make", "a pipe");
  must(pipe2(done, O_CLOEXEC), "make", "a pipe");
  pid_t child = must(fork(), "fork", NULL);
  if (child == 0) {
    close(done[1]);
    if (unshare(CLONE_NEWUSER) < 0) _exit(1);
    /* Until the other end is closed, be it by that one's death. */
    if (write(ready[1], &byte, 1) == 1) (void)!read(done[0], &byte, 1);
    _exit(0);
  }
  close(ready[1]), close(done[0]);
  return (struct id_map){.child = child, .ready = ready[0], .done = done[1]};
}

int finish_id_map(struct id_map *map, unsigned long first) {
  char byte, path[64], line[64];
  if (read(map->ready, &byte, 1) != 1) {
    errno = EPERM;
    die("make", "a user namespace");
  }
  int length = snprintf(line, sizeof line, "0 %lu %d\n", first, IDS_PER_SANDBOX);
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", map->child, i ? "gid_map" : "uid_map");
    int file = must(open(path, O_WRONLY | O_CLOEXEC), "open", path);
    if (write(file, line, (size_t)length) != length) die("write", path);
    close(file);
  }
  snprintf(path, sizeof path, "/proc/%d/ns/user", map->child);
  int namespace = must(open(path, O_RDONLY | O_CLOEXEC), "open", path);
  close(map->ready), close(map->done);
  return namespace;
}

void end_id_map(const struct id_map *map) { waitpid(map->child, NULL, 0); }
