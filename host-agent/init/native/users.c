/* /etc/passwd and /etc/group of the sandbox. A guest may have written them: read in the child, bounded, regular files only. */
#include "command.h"
#include "kernel.h"

static char text[256 * 1024];

/* Reads a file and ends every line with a zero byte. Answers its length. */
static size_t read_lines(const char *path) {
  struct statx facts;
  int file = (int)sys_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return 0;
  size_t length = 0;
  if (CALL5(__NR_statx, file, "", 0x1000 /* AT_EMPTY_PATH */, STATX_TYPE, &facts) == 0 && S_ISREG(facts.stx_mode)) {
    long got;
    while (length < sizeof text - 1 && (got = sys_read(file, text + length, sizeof text - 1 - length)) > 0) length += (size_t)got;
  }
  sys_close(file);
  for (size_t i = 0; i < length; i++)
    if (text[i] == '\n') text[i] = 0;
  text[length] = 0;
  return length + (length > 0);
}

/* Cuts a line at its colons. Answers whether it has enough fields. */
static int split(char *line, char **fields, int count) {
  for (int i = 0; i < count; i++) {
    fields[i] = line;
    char *end = (char *)text_find(line, ':');
    if (i < count - 1 && !*end) return 0;
    line = end + (*end != 0);
    *end = 0;
  }
  return 1;
}

static void copy_text(char *to, size_t room, const char *from) {
  size_t length = text_length(from);
  if (length >= room) length = room - 1;
  memcpy(to, from, length);
  to[length] = 0;
}

static int is_member(const char *members, const char *name) {
  while (*members) {
    const char *rest = text_after(members, name);
    if (rest && (*rest == ',' || !*rest)) return 1;
    members = text_find(members, ',');
    members += *members != 0;
  }
  return 0;
}

static void add_groups(struct account *account) {
  size_t length = read_lines("/etc/group");
  char *fields[4];
  for (size_t at = 0, next; at < length && account->group_count < 64; at = next) {
    next = at + text_length(text + at) + 1;
    uint32_t gid;
    if (!split(text + at, fields, 4) || !parse_number(fields[2], 0, &gid)) continue;
    if (gid != account->gid && is_member(fields[3], account->name)) account->groups[account->group_count++] = gid;
  }
}

int find_account(const char *user, struct account *account) {
  uint32_t number = 0;
  int by_number = parse_number(user, 0, &number);
  size_t length = read_lines("/etc/passwd");
  char *fields[7];
  for (size_t at = 0, next; at < length; at = next) {
    next = at + text_length(text + at) + 1;
    uint32_t uid, gid;
    if (!split(text + at, fields, 7) || !parse_number(fields[2], 0, &uid) || !parse_number(fields[3], 0, &gid)) continue;
    if (by_number ? uid != number : !text_equal(fields[0], user)) continue;
    account->uid = uid, account->gid = gid;
    copy_text(account->name, sizeof account->name, fields[0]);
    copy_text(account->home, sizeof account->home, fields[5]);
    copy_text(account->shell, sizeof account->shell, fields[6]);
    add_groups(account);
    return 1;
  }
  /* A number needs no entry: it is a user without a name and a home. */
  if (by_number) account->uid = account->gid = number;
  return by_number;
}

int find_group(const char *group, uint32_t *gid) {
  if (parse_number(group, 0, gid)) return 1;
  size_t length = read_lines("/etc/group");
  char *fields[4];
  for (size_t at = 0, next; at < length; at = next) {
    next = at + text_length(text + at) + 1;
    if (split(text + at, fields, 4) && text_equal(fields[0], group) && parse_number(fields[2], 0, gid)) return 1;
  }
  return 0;
}
