/*
 * What changes in a directory and below it, told as in watch.c but with names that are paths from that directory on. The
 * kernel watches one directory at a time: each gets a watch of its own, and what is made meanwhile gets one when its
 * making is told. What lies in a new directory is told as made, because it may have been made before the watch stood.
 */
#include "files.h"
#include "watch.h"

#define MOST_DIRECTORIES 8192
#define MOST_LEVELS 64
#define NOBODY UINT32_MAX
#define DT_UNKNOWN 0
#define DT_DIR 4

struct directory {
  int32_t watch; /* -1 where the place is free */
  uint32_t parent;
  int moving; /* moved away, and not yet seen where to */
  char name[MAX_NAME + 1];
};

static struct directory *directories; /* the first one is the top */
static uint32_t count;                /* places that were ever used */
static uint32_t alive;
static int32_t newest; /* of the kernel's numbers */
static int notices;
static enum { WHOLE, PARTIAL, TOLD } extent;
/* The top's own path and a slash, then names below it. The top is not held open: then the kernel would not tell its end. */
static char path[4096 + MOST_LEVELS * (MAX_NAME + 1) + 2 * MAX_NAME];
static char *below_top;

/* Makes the path of a name in a directory. Answers its length from the top on; 0 where it is too deep. */
static size_t path_of(uint32_t directory, const char *name) {
  const char *names[MOST_LEVELS];
  uint32_t levels = 0;
  size_t length = 0;
  for (uint32_t at = directory; at != 0; at = directories[at].parent) {
    if (levels == MOST_LEVELS || at == NOBODY) return 0;
    names[levels++] = directories[at].name;
  }
  while (levels > 0) {
    const char *next = names[--levels];
    memcpy(below_top + length, next, text_length(next));
    length += text_length(next);
    below_top[length++] = '/';
  }
  memcpy(below_top + length, name, text_length(name) + 1);
  return length + text_length(name);
}

static void tell_change(uint32_t directory, const char *name, uint32_t mask, uint32_t cookie) {
  size_t length = path_of(directory, name);
  if (length == 0) return;
  struct change change = {.mask = mask, .cookie = cookie, .length = (uint32_t)length};
  answer(&change, sizeof change);
  answer(below_top, length);
}

static uint32_t find_watch(int32_t watch) {
  for (uint32_t i = 0; i < count; i++)
    if (directories[i].watch == watch) return i;
  return NOBODY;
}

static uint32_t find_name(uint32_t parent, const char *name) {
  for (uint32_t i = 1; i < count; i++)
    if (directories[i].watch >= 0 && directories[i].parent == parent && text_equal(directories[i].name, name)) return i;
  return NOBODY;
}

static void forget(uint32_t directory) {
  CALL2(__NR_inotify_rm_watch, notices, directories[directory].watch);
  directories[directory].watch = -1;
  alive--;
}

/* Those whose way to the top is broken go, too. */
static void forget_lost(void) {
  for (int found = 1; found;) {
    found = 0;
    for (uint32_t i = 1; i < count; i++)
      if (directories[i].watch >= 0 && (directories[i].moving || directories[directories[i].parent].watch < 0)) {
        forget(i);
        found = 1;
      }
  }
}

static void be_partial(void) {
  if (extent == WHOLE) extent = PARTIAL;
}

static void send(void) {
  if (extent == PARTIAL) {
    struct change change = {.mask = WATCH_PARTIAL, .cookie = alive};
    answer(&change, sizeof change);
    extent = TOLD;
  }
  flush_answer();
}

static uint32_t free_place(void) {
  if (alive == MOST_DIRECTORIES) return NOBODY;
  if (alive == count) return count++;
  for (uint32_t i = 1; i < count; i++)
    if (directories[i].watch < 0) return i;
  return count++;
}

static void watch_below(uint32_t directory, int telling, uint32_t level);

/* Watches what is at a name, if it is a directory; and what is below, unless all of that was watched before. */
static void watch_name(uint32_t parent, const char *name, int telling, uint32_t level) {
  if (level >= MOST_LEVELS || path_of(parent, name) == 0) {
    be_partial();
    return;
  }
  long watch = CALL3(__NR_inotify_add_watch, notices, path, IN_WANTED | IN_ONLYDIR | IN_DONT_FOLLOW);
  if (watch == -ENOSPC || watch == -ENOMEM || watch == -ENAMETOOLONG) be_partial();
  if (watch < 0) return; /* gone meanwhile, no directory, or not the user's to read */
  uint32_t place = watch > newest ? NOBODY : find_watch((int32_t)watch);
  if (watch > newest) newest = (int32_t)watch;
  int known = place != NOBODY;
  if (place == 0) return; /* the top, mounted again below itself */
  if (!known) place = free_place();
  if (place == NOBODY) {
    CALL2(__NR_inotify_rm_watch, notices, watch);
    be_partial();
    return;
  }
  if (!known) alive++;
  directories[place].watch = (int32_t)watch;
  directories[place].parent = parent;
  directories[place].moving = 0;
  memcpy(directories[place].name, name, text_length(name) + 1);
  if (!known || telling) watch_below(place, telling, level + 1);
}

static void watch_below(uint32_t directory, int telling, uint32_t level) {
  char entries[4096] __attribute__((aligned(8)));
  if (directory == 0) *below_top = 0;
  else if (path_of(directories[directory].parent, directories[directory].name) == 0) return;
  long fd = CALL4(__NR_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (fd < 0) return;
  long got;
  while ((got = CALL3(__NR_getdents64, fd, entries, sizeof entries)) > 0)
    for (long at = 0; at < got;) {
      struct listed *entry = (struct listed *)(entries + at);
      at += entry->length;
      if (text_equal(entry->name, ".") || text_equal(entry->name, "..")) continue;
      if (telling) tell_change(directory, entry->name, IN_CREATE | (entry->type == DT_DIR ? IN_ISDIR : 0), 0);
      if (entry->type == DT_DIR || entry->type == DT_UNKNOWN) watch_name(directory, entry->name, telling, level);
    }
  sys_close((int)fd);
}

static uint32_t level_of(uint32_t directory) {
  uint32_t level = 0;
  for (; directory != 0 && level < MOST_LEVELS; directory = directories[directory].parent) level++;
  return level;
}

/* Answers whether the top itself is gone. */
static int handle(const struct change *change) {
  if (change->mask & IN_Q_OVERFLOW) {
    answer(change, sizeof *change);
    /* Makings may be among what was lost. */
    watch_below(0, 0, 1);
    return 0;
  }
  uint32_t directory = find_watch(change->watch);
  if (directory == NOBODY) return 0;
  if (change->mask & IN_GONE) {
    if (directory == 0) return 1;
    if (change->mask & (IN_IGNORED | IN_UNMOUNT)) {
      forget(directory);
      forget_lost();
    }
    return 0;
  }
  if (change->length == 0) return 0; /* of the directory itself: its parent tells it, too */
  tell_change(directory, change->name, change->mask, change->cookie);
  if (!(change->mask & IN_ISDIR)) return 0;
  uint32_t level = level_of(directory) + 1;
  if (change->mask & IN_MOVED_FROM) {
    uint32_t moved = find_name(directory, change->name);
    if (moved != NOBODY) directories[moved].moving = 1;
  }
  if (change->mask & IN_CREATE) watch_name(directory, change->name, 1, level);
  if (change->mask & IN_MOVED_TO) watch_name(directory, change->name, 0, level);
  return 0;
}

void do_watch_tree(char **texts) {
  static char events[32 * 1024] __attribute__((aligned(8)));
  struct change ready = {0}, gone = {.mask = IN_DELETE_SELF};
  directories = map_memory(MOST_DIRECTORIES * sizeof *directories);
  if (!directories) sys_exit(ENOMEM);
  notices = (int)checked(CALL1(__NR_inotify_init1, O_CLOEXEC));
  size_t top = text_length(texts[0]);
  memcpy(path, texts[0], top);
  if (path[top - 1] != '/') path[top++] = '/';
  below_top = path + top;
  directories[0].watch = (int32_t)checked(CALL3(__NR_inotify_add_watch, notices, texts[0], IN_WANTED | IN_ONLYDIR));
  newest = directories[0].watch;
  count = alive = 1;
  watch_below(0, 0, 1);
  answer(&ready, sizeof ready);
  send();
  for (;;) {
    long got = sys_read(notices, events, sizeof events);
    if (got == -EINTR) continue;
    checked(got);
    for (long at = 0; at < got;) {
      const struct change *change = (const struct change *)(events + at);
      if (handle(change)) {
        answer(&gone, sizeof gone);
        return;
      }
      at += (long)(sizeof *change + change->length);
    }
    forget_lost();
    send();
  }
}
