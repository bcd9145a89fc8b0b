/* Who belongs to a process: its group, its session, its descendants, as /proc tells. */
#include "process.h"

/* More at once are found in further rounds. */
#define MAX_FOUND 8192
#define ROUNDS 64

struct relative {
  int pid, parent;
};

static struct relative found[MAX_FOUND];
static size_t found_count;

/* Sets of process ids; pages that no id falls into are never touched. */
#define MAX_PID (4u * 1024 * 1024)
static uint8_t family[MAX_PID / 8], killed[MAX_PID / 8];

static int has(const uint8_t *set, int pid) { return pid > 0 && (uint32_t)pid < MAX_PID && (set[pid / 8] >> (pid % 8) & 1); }
static void add(uint8_t *set, int pid) {
  if (pid > 0 && (uint32_t)pid < MAX_PID) set[pid / 8] |= (uint8_t)(1 << (pid % 8));
}
static void take_out(uint8_t *set, int pid) {
  if (pid > 0 && (uint32_t)pid < MAX_PID) set[pid / 8] &= (uint8_t)~(1 << (pid % 8));
}

struct directory_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

/* The `index`-th field after the command's name, which may itself hold spaces and brackets. */
static int stat_field(const char *after_name, int index) {
  for (int i = 0; i < index; i++) after_name = text_find(after_name, ' ') + (*text_find(after_name, ' ') != 0);
  uint32_t number = 0;
  return parse_number(after_name, ' ', &number) ? (int)number : -1;
}

static void look_at(const char *pid_text, int leader) {
  char path[32] = "/proc/", text[512];
  uint32_t pid;
  if (found_count == MAX_FOUND || !parse_number(pid_text, 0, &pid) || pid == 1) return;
  size_t length = text_length(pid_text);
  memcpy(path + 6, pid_text, length);
  memcpy(path + 6 + length, "/stat", 6);
  int file = (int)sys_open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  long got = sys_read(file, text, sizeof text - 1);
  sys_close(file);
  if (got <= 0) return;
  text[got] = 0;
  const char *end = NULL;
  for (const char *at = text; *at; at++)
    if (*at == ')') end = at;
  /* After ") ": state, parent, group, session. The dead need no killing. */
  if (!end || end[1] != ' ' || end[2] == 'Z' || end[2] == 'X') return;
  struct relative *relative = &found[found_count++];
  relative->pid = (int)pid;
  relative->parent = stat_field(end + 2, 1);
  int group = stat_field(end + 2, 2), session = stat_field(end + 2, 3);
  if (relative->pid == leader || group == leader || session == leader) add(family, relative->pid);
}

static void look_around(int leader) {
  static char entries[16 * 1024] __attribute__((aligned(8)));
  found_count = 0;
  int directory = (int)sys_open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  long got;
  while ((got = CALL3(__NR_getdents64, directory, entries, sizeof entries)) > 0)
    for (long at = 0; at < got; at += ((struct directory_entry *)(entries + at))->length) look_at(((struct directory_entry *)(entries + at))->name, leader);
  sys_close(directory);
}

static void add_descendants(void) {
  for (int grown = 1; grown;) {
    grown = 0;
    for (size_t i = 0; i < found_count; i++) {
      if (has(family, found[i].pid) || !has(family, found[i].parent)) continue;
      add(family, found[i].pid);
      grown = 1;
    }
  }
}

/* Kills those that were not killed in an earlier round; answers how many. A killed process cannot fork any more. */
static size_t kill_found(void) {
  size_t count = 0;
  for (size_t i = 0; i < found_count; i++) {
    int pid = found[i].pid;
    if (!has(family, pid) || has(killed, pid)) continue;
    add(killed, pid);
    sys_kill(pid, SIGKILL);
    count++;
  }
  return count;
}

void kill_family(int leader) {
  for (int round = 0; round < ROUNDS; round++) {
    look_around(leader);
    add_descendants();
    size_t count = kill_found();
    for (size_t i = 0; i < found_count; i++) take_out(family, found[i].pid);
    if (count == 0) break;
  }
  memset(killed, 0, sizeof killed);
}
