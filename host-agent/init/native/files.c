#include "files.h"

struct deed {
  const char *name;
  uint32_t texts;
  void (*act)(char **texts);
};

static const struct deed deeds[] = {
    {"stat", 2, do_stat},
    {"list", 4, do_list},
    {"read", 4, do_read},
    {"write", 8, do_write},
    {"replace", 12, do_replace},
    {"make", 5, do_make},
    {"move", 3, do_move},
    {"remove", 2, do_remove},
    {"permissions", 5, do_permissions},
    {"watch", 1, do_watch},
    {"watch_tree", 1, do_watch_tree},
};

long checked(long result) {
  if (result >= 0) return result;
  flush_answer();
  sys_exit((int)-result);
}

uint64_t number_of(const char *text) {
  uint64_t value = 0;
  if (!*text || text_length(text) > 18) sys_exit(MALFORMED);
  for (; *text; text++) {
    if (*text < '0' || *text > '9') sys_exit(MALFORMED);
    value = value * 10 + (uint64_t)(*text - '0');
  }
  return value;
}

uint64_t number_or(const char *text, uint64_t otherwise) { return *text ? number_of(text) : otherwise; }

uint32_t uid_of(const char *user, uint32_t otherwise) {
  static struct account account;
  if (!*user) return otherwise;
  account.group_count = 0;
  if (!find_account(user, &account)) sys_exit(NO_SUCH_USER);
  return account.uid;
}

uint32_t gid_of(const char *group, uint32_t otherwise) {
  uint32_t gid;
  if (!*group) return otherwise;
  if (!find_group(group, &gid)) sys_exit(NO_SUCH_GROUP);
  return gid;
}

static void become(const char *user) {
  static struct account account;
  if (!find_account(*user ? user : "0", &account)) sys_exit(NO_SUCH_USER);
  checked(CALL2(__NR_setgroups, account.group_count, account.groups));
  checked(CALL3(__NR_setresgid, account.gid, account.gid, account.gid));
  checked(CALL3(__NR_setresuid, account.uid, account.uid, account.uid));
}

/* Room for what is on the way: fewer changes between the init and us. */
static void widen(int pipe) { CALL3(__NR_fcntl, pipe, 1031 /* F_SETPIPE_SZ */, 256 * 1024); }

_Noreturn void files_become(struct command *command) {
  CALL0(__NR_setsid);
  CALL1(__NR_umask, 0);
  if (command->in >= 0) CALL3(__NR_dup3, command->in, 0, 0);
  CALL3(__NR_dup3, command->out, 1, 0);
  CALL3(__NR_dup3, command->err, 2, 0);
  /* Nothing closes by itself, because nothing is executed: the init's socket and the pipes of others must not stay open here. */
  CALL3(__NR_close_range, 3, ~0u, 0);
  offer_to_oom_killer();
  CALL1(__NR_chdir, "/");
  become(command->user);
  if (command->in >= 0) widen(0);
  widen(1);
  for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
    if (!text_equal(command->arguments[0], deeds[i].name)) continue;
    uint32_t count = 0;
    while (command->arguments[1 + count]) count++;
    if (count != deeds[i].texts) break;
    deeds[i].act(command->arguments + 1);
    flush_answer();
    sys_exit(0);
  }
  sys_exit(MALFORMED);
}
