/* Looking at files and telling of them. */
#include "files.h"

static char out[64 * 1024];
static size_t out_length;

/* Who listens no longer wants the rest either. */
static void write_whole(const char *bytes, size_t size) {
  while (size > 0) {
    long written = sys_write(1, bytes, size);
    if (written == -EINTR) continue;
    if (written < 0) sys_exit(EPIPE);
    bytes += written;
    size -= (size_t)written;
  }
}

void flush_answer(void) {
  write_whole(out, out_length);
  out_length = 0;
}

void answer(const void *bytes, size_t size) {
  if (size > sizeof out - out_length) flush_answer();
  memcpy(out + out_length, bytes, size);
  out_length += size;
}

long look(int directory, const char *name, struct statx *facts) {
  return CALL5(__NR_statx, directory, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, facts);
}

void tell(int directory, const char *name, const struct statx *facts, const char *path, uint16_t flags) {
  static char target[4096];
  long target_length = 0;
  if (S_ISLNK(facts->stx_mode)) target_length = CALL4(__NR_readlinkat, directory, name, target, sizeof target);
  if (target_length < 0) target_length = 0; /* no longer a link */
  struct file_entry entry = {
      .mode = facts->stx_mode,
      .uid = facts->stx_uid,
      .gid = facts->stx_gid,
      .size = facts->stx_size,
      .disk_size = facts->stx_blocks * 512,
      .inode = facts->stx_ino,
      .modified_s = facts->stx_mtime.tv_sec,
      .changed_s = facts->stx_ctime.tv_sec,
      .modified_ns = facts->stx_mtime.tv_nsec,
      .changed_ns = facts->stx_ctime.tv_nsec,
      .flags = flags,
      .path_length = (uint16_t)text_length(path),
      .target_length = (uint32_t)target_length,
  };
  entry.length = (uint32_t)(sizeof entry + entry.path_length + entry.target_length);
  if (entry.length > sizeof out - out_length) flush_answer();
  answer(&entry, sizeof entry);
  answer(path, entry.path_length);
  answer(target, entry.target_length);
}

void tell_descriptor(int fd) {
  struct statx facts;
  checked(look(fd, "", &facts));
  tell(fd, "", &facts, "", 0);
}

const char *descriptor_path(int fd) {
  static char path[32] = "/proc/self/fd/";
  print_number(path + 14, (uint32_t)fd);
  return path;
}

int open_place(const char *path, int follow) {
  int flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
  return (int)checked(sys_open(path, flags));
}

struct place place_of(char *path, int no_name) {
  size_t length = text_length(path);
  if (length == 0 || path[0] != '/') sys_exit(MALFORMED);
  if (length > 1 && path[length - 1] == '/') {
    /* "name/" means the same, of a directory; "//" means nothing more than "/". */
    while (length > 1 && path[length - 1] == '/') path[--length] = 0;
  }
  size_t start = length;
  while (path[start - 1] != '/') start--;
  const char *name = path + start;
  if (!*name || text_equal(name, ".") || text_equal(name, "..")) sys_exit(no_name);
  if (text_length(name) > MAX_NAME) sys_exit(ENAMETOOLONG);
  struct place place = {.name = name};
  if (start == 1) {
    place.directory = (int)checked(sys_open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return place;
  }
  path[start - 1] = 0;
  long directory = sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  /* One may use a directory that one may not list. */
  if (directory == -EACCES) directory = sys_open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  place.directory = (int)checked(directory);
  return place;
}

int compare_names(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

int each_name(int directory, int (*act)(const char *name, void *with), void *with) {
  char entries[16 * 1024] __attribute__((aligned(8)));
  checked(CALL3(__NR_lseek, directory, 0, 0));
  for (;;) {
    long got = checked(CALL3(__NR_getdents64, directory, entries, sizeof entries));
    if (got == 0) return 0;
    for (long at = 0; at < got;) {
      struct listed *entry = (struct listed *)(entries + at);
      at += entry->length;
      if (text_equal(entry->name, ".") || text_equal(entry->name, "..")) continue;
      int answered = act(entry->name, with);
      if (answered) return answered;
    }
  }
}

void do_stat(char **texts) {
  int fd = open_place(texts[0], (int)number_of(texts[1]));
  tell_descriptor(fd);
}
