/* From the body of an OPEN to a running child. */
#include "command.h"
#include "files.h"
#include "kernel.h"

#define MAX_ARGUMENTS 4096
#define MAX_VARIABLES 4096

/* Pointers to the texts of an OPEN, as execve wants them; free places in front and behind for what command.c adds. */
static char *arguments[1 + MAX_ARGUMENTS + 1], *variables[MAX_VARIABLES + EXTRA_VARIABLES + 1];

struct texts {
  const uint8_t *at, *end;
};

static char *next_text(struct texts *texts) {
  const uint8_t *begin = texts->at;
  while (texts->at < texts->end && *texts->at) texts->at++;
  if (texts->at == texts->end) return NULL;
  texts->at++;
  return (char *)begin;
}

static int next_texts(struct texts *texts, char **to, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (!(to[i] = next_text(texts))) return 0;
  to[count] = NULL;
  return 1;
}

int command_read(struct command *command, struct open_header *header, const uint8_t *body, size_t size) {
  if (size < sizeof *header) return 0;
  memcpy(header, body, sizeof *header);
  if ((header->kind != PROCESS && header->kind != FILES) || header->limits > 32 || header->arguments < 1 || header->arguments > MAX_ARGUMENTS || header->variables > MAX_VARIABLES)
    return 0;
  size_t limits_size = header->limits * sizeof(struct open_limit);
  if (size < sizeof *header + limits_size) return 0;
  struct texts texts = {body + sizeof *header + limits_size, body + size};
  command->kind = header->kind;
  command->limits = (const struct open_limit *)(body + sizeof *header);
  command->limit_count = header->limits;
  command->arguments = arguments + 1;
  command->variables = variables;
  command->variable_count = header->variables;
  return (command->user = next_text(&texts)) && (command->cwd = next_text(&texts)) && next_texts(&texts, command->arguments, header->arguments) &&
         next_texts(&texts, variables, header->variables) && texts.at == texts.end;
}

/* `theirs` blocks, `ours` does not. */
static long make_pipe(int *theirs, int *ours, int towards_us) {
  int ends[2];
  long result = CALL2(__NR_pipe2, ends, O_CLOEXEC);
  if (result < 0) return result;
  *ours = ends[towards_us ? 0 : 1];
  *theirs = ends[towards_us ? 1 : 0];
  return CALL3(__NR_fcntl, *ours, F_SETFL, O_NONBLOCK);
}

long command_start(struct command *command, int with_stdin, int ours[3]) {
  int *theirs[3] = {&command->in, &command->out, &command->err};
  long result = 0;
  for (int channel = IN; channel <= ERR; channel++) ours[channel] = -1;
  for (int channel = IN; channel <= ERR && result >= 0; channel++)
    if (!command->with_terminal && (channel != IN || with_stdin)) result = make_pipe(theirs[channel], &ours[channel], channel != IN);
  if (command->with_terminal) result = terminal_open(command->cols, command->rows, &command->in, ours);
  if (result >= 0) result = CALL5(__NR_clone, SIGCHLD, 0, 0, 0, 0);
  if (result == 0 && command->kind == FILES) files_become(command);
  if (result == 0) command_become(command);
  for (int channel = IN; channel <= ERR; channel++) {
    if (*theirs[channel] >= 0) sys_close(*theirs[channel]);
    if (result >= 0 || ours[channel] < 0) continue;
    sys_close(ours[channel]);
    ours[channel] = -1;
  }
  return result;
}
