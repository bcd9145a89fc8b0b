#include "command.h"
#include "kernel.h"

#define NOT_EXECUTABLE 126
#define NOT_FOUND 127
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static char home_variable[1100] = "HOME=";
static char user_variable[80] = "USER=";
static char shell_variable[270] = "SHELL=";

static const char *variable(const struct command *command, const char *name_and_equals) {
  for (uint32_t i = 0; i < command->variable_count; i++) {
    const char *value = text_after(command->variables[i], name_and_equals);
    if (value) return value;
  }
  return NULL;
}

static void default_variable(struct command *command, const char *name_and_equals, char *whole) {
  if (variable(command, name_and_equals)) return;
  command->variables[command->variable_count++] = whole;
  command->variables[command->variable_count] = NULL;
}

static _Noreturn void fail(int code, const char *first, const char *second, const char *third) {
  complain(first, second, third);
  sys_exit(code);
}

/* When memory runs out, a command goes before the init, and a sandbox before the machine's own services. */
void offer_to_oom_killer(void) {
  int file = (int)sys_open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  sys_write(file, "700", 3);
  sys_close(file);
}

/* The shell of an account; its name begins with a dash, by which shells know that they are for a login. */
static void take_login_shell(struct command *command, const struct account *account) {
  static char name[260] = "-";
  static char shell[256];
  const char *path = account->shell[0] == '/' ? account->shell : "/bin/sh";
  memcpy(shell, path, text_length(path) + 1);
  const char *base = shell;
  for (const char *at = shell; *at; at++)
    if (*at == '/') base = at + 1;
  memcpy(name + 1, base, text_length(base) + 1);
  command->arguments[0] = name;
  command->shell = shell;
  memcpy(shell_variable + 6, shell, text_length(shell) + 1);
  default_variable(command, "SHELL=", shell_variable);
}

static void become_user(struct command *command) {
  static struct account account;
  const char *user = *command->user ? command->user : "0";
  if (!find_account(user, &account)) fail(NOT_EXECUTABLE, "there is no user ", user, " in this sandbox");
  if (command->with_terminal) terminal_control(0, account.uid);
  if (command->login_shell) take_login_shell(command, &account);
  if (CALL2(__NR_setgroups, account.group_count, account.groups) < 0 || CALL3(__NR_setresgid, account.gid, account.gid, account.gid) < 0 ||
      CALL3(__NR_setresuid, account.uid, account.uid, account.uid) < 0)
    fail(NOT_EXECUTABLE, "cannot become user ", user, ": ids in a sandbox go up to 65535");
  const char *home = account.home[0] ? account.home : "/";
  memcpy(home_variable + 5, home, text_length(home) + 1);
  default_variable(command, "HOME=", home_variable);
  if (account.name[0]) {
    memcpy(user_variable + 5, account.name, text_length(account.name) + 1);
    default_variable(command, "USER=", user_variable);
  }
}

static void enter_directory(const struct command *command) {
  if (*command->cwd) {
    if (CALL1(__NR_chdir, command->cwd) < 0) fail(NOT_EXECUTABLE, "cannot enter the working directory ", command->cwd, "");
    return;
  }
  const char *home = variable(command, "HOME=");
  if (CALL1(__NR_chdir, home) < 0) CALL1(__NR_chdir, "/");
}

static long execute(const char *path, char **arguments, char **variables) {
  long error = CALL3(__NR_execve, path, arguments, variables);
  if (error != -ENOEXEC) return error;
  /* A script without a first line that says who reads it: as shells do. `arguments` has a free place in front. */
  arguments[0] = (char *)path;
  arguments[-1] = "/bin/sh";
  return CALL3(__NR_execve, "/bin/sh", arguments - 1, variables);
}

static _Noreturn void execute_found(struct command *command) {
  const char *program = command->shell ? command->shell : command->arguments[0];
  if (!*program) fail(NOT_FOUND, "the program's name is empty", "", "");
  long error = -ENOENT;
  if (*text_find(program, '/')) {
    error = execute(program, command->arguments, command->variables);
  } else {
    static char path[4096 + 256];
    const char *place = variable(command, "PATH=");
    if (!place) place = DEFAULT_PATH;
    size_t name_length = text_length(program);
    for (;;) {
      const char *end = text_find(place, ':');
      size_t length = (size_t)(end - place);
      if (length + name_length + 2 <= sizeof path) {
        memcpy(path, place, length);
        if (length) path[length++] = '/';
        memcpy(path + length, program, name_length + 1);
        long found = execute(path, command->arguments, command->variables);
        /* Something of that name that may not be executed is worth telling, unless a later place has one that may. */
        if (found == -EACCES) error = found;
        else if (found != -ENOENT && found != -ENOTDIR) { error = found; break; }
      }
      if (!*end) break;
      place = end + 1;
    }
  }
  switch (error) {
  case -ENOENT:
  case -ENOTDIR: fail(NOT_FOUND, program, ": not found", "");
  case -EACCES: fail(NOT_EXECUTABLE, program, ": permission denied", "");
  case -E2BIG: fail(NOT_EXECUTABLE, program, ": arguments and environment are too long", "");
  case -ENOMEM: fail(NOT_EXECUTABLE, program, ": not enough memory in the sandbox", "");
  default: fail(NOT_EXECUTABLE, program, ": cannot be executed here", "");
  }
}

_Noreturn void command_become(struct command *command) {
  uint64_t no_signals = 0;
  CALL0(__NR_setsid);
  if (command->with_terminal) command->out = command->err = command->in;
  if (command->in < 0) command->in = (int)sys_open("/dev/null", O_RDONLY);
  CALL3(__NR_dup3, command->in, 0, 0);
  CALL3(__NR_dup3, command->out, 1, 0);
  CALL3(__NR_dup3, command->err, 2, 0);
  offer_to_oom_killer();
  for (uint32_t i = 0; i < command->limit_count; i++) {
    struct open_limit limit;
    memcpy(&limit, command->limits + i, sizeof limit);
    uint64_t both[2] = {limit.soft, limit.hard};
    if (CALL4(__NR_prlimit64, 0, limit.resource, both, 0) < 0) fail(NOT_EXECUTABLE, "cannot set the limits of the process", "", "");
  }
  become_user(command);
  enter_directory(command);
  CALL4(__NR_rt_sigprocmask, SIG_SETMASK, &no_signals, 0, SIGNALS_SIZE);
  execute_found(command);
}
