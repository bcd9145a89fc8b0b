/*
 * A directory in the order of its names, and below. Nothing is held but one page: of each directory the smallest names
 * behind the last one that was told, found by reading it through. So a directory of any size takes the same memory, and
 * a page can go on where the last one ended, whatever was added or removed meanwhile.
 */
#include "files.h"

#define MAX_DEPTH 32
#define MAX_PAGE 10000
#define BELOW 512 /* names at once in directories below the first */
#define MAX_PATH (MAX_DEPTH * (MAX_NAME + 1))

/* After the last entry: whether there is more. */
#define COMPLETE 0u
#define MORE 0xffffffffu

typedef char name_slot[MAX_NAME + 1];

/* The smallest names, as a heap with the largest on top. */
struct batch {
  name_slot *names;
  uint16_t *order;
  uint32_t room, count;
  const char *after;
};

static char path[MAX_PATH + 1];
static size_t path_length;
static uint32_t left;

static const char *at(const struct batch *batch, uint32_t i) { return batch->names[batch->order[i]]; }

static void swap(struct batch *batch, uint32_t a, uint32_t b) {
  uint16_t kept = batch->order[a];
  batch->order[a] = batch->order[b];
  batch->order[b] = kept;
}

static void sink(struct batch *batch, uint32_t i, uint32_t count) {
  for (;;) {
    uint32_t largest = i;
    for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++)
      if (compare_names(at(batch, child), at(batch, largest)) > 0) largest = child;
    if (largest == i) return;
    swap(batch, i, largest);
    i = largest;
  }
}

static int collect(const char *name, void *with) {
  struct batch *batch = with;
  if (compare_names(name, batch->after) <= 0) return 0;
  if (batch->count == batch->room) {
    if (compare_names(name, at(batch, 0)) >= 0) return 0;
    memcpy(batch->names[batch->order[0]], name, text_length(name) + 1);
    sink(batch, 0, batch->count);
    return 0;
  }
  uint32_t i = batch->count++;
  batch->order[i] = (uint16_t)i;
  memcpy(batch->names[i], name, text_length(name) + 1);
  for (; i > 0 && compare_names(at(batch, i), at(batch, (i - 1) / 2)) > 0; i = (i - 1) / 2) swap(batch, i, (i - 1) / 2);
  return 0;
}

static void gather(struct batch *batch, int directory) {
  batch->count = 0;
  each_name(directory, collect, batch);
  for (uint32_t end = batch->count; end > 1; end--) {
    swap(batch, 0, end - 1);
    sink(batch, 0, end - 1);
  }
}

static int list(int directory, uint32_t depth, char *after);

/* What is below a directory of the present path. */
static int descend(int fd, const char *name, uint32_t depth, char *after) {
  size_t length = path_length;
  if (length + text_length(name) + 1 > MAX_PATH) return 0;
  memcpy(path + path_length, name, text_length(name));
  path_length += text_length(name);
  path[path_length++] = '/';
  path[path_length] = 0;
  int more = list(fd, depth, after);
  path_length = length;
  path[length] = 0;
  return more;
}

/* Answers whether there is more than the page takes. */
static int show(int directory, const char *name, uint32_t depth) {
  struct statx facts;
  if (look(directory, name, &facts) < 0) return 0; /* gone meanwhile */
  if (left == 0) return 1;
  left--;
  long below = -ENOTDIR;
  if (depth > 1 && S_ISDIR(facts.stx_mode)) below = CALL4(__NR_openat, directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  memcpy(path + path_length, name, text_length(name) + 1);
  tell(directory, name, &facts, path, below == -EACCES ? UNREADABLE : 0);
  path[path_length] = 0;
  if (below < 0) return 0;
  int more = descend((int)below, name, depth - 1, "");
  sys_close((int)below);
  return more;
}

/* Goes on below the directory that the last page ended in. It may have gone, or be something else by now. */
static int go_on(int directory, const char *name, uint32_t depth, char *rest) {
  if (depth <= 1) return 0;
  long below = CALL4(__NR_openat, directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (below < 0) return 0;
  int more = descend((int)below, name, depth - 1, rest);
  sys_close((int)below);
  return more;
}

static int list(int directory, uint32_t depth, char *after) {
  name_slot last = "";
  if (*after) {
    char *rest = (char *)text_find(after, '/');
    size_t length = (size_t)(rest - after);
    if (length == 0 || length > MAX_NAME) sys_exit(MALFORMED);
    memcpy(last, after, length);
    last[length] = 0;
    if (text_equal(last, ".") || text_equal(last, "..")) sys_exit(MALFORMED);
    if (go_on(directory, last, depth, *rest ? rest + 1 : rest)) return 1;
  }
  struct batch batch = {.room = left + 1, .after = last};
  if (path_length > 0 && batch.room > BELOW) batch.room = BELOW;
  size_t size = batch.room * (sizeof *batch.names + sizeof *batch.order);
  void *memory = map_memory(size);
  if (!memory) sys_exit(ENOMEM);
  batch.names = memory;
  batch.order = (uint16_t *)(batch.names + batch.room);
  int more = 0;
  do {
    gather(&batch, directory);
    for (uint32_t i = 0; i < batch.count && !more; i++) more = show(directory, at(&batch, i), depth);
    if (batch.count > 0) memcpy(last, at(&batch, batch.count - 1), MAX_NAME + 1);
  } while (!more && batch.count == batch.room);
  unmap_memory(memory, size);
  return more;
}

void do_list(char **texts) {
  uint64_t depth = number_of(texts[1]), page = number_of(texts[2]);
  if (depth < 1 || depth > MAX_DEPTH || page < 1 || page > MAX_PAGE) sys_exit(MALFORMED);
  left = (uint32_t)page;
  int directory = (int)checked(sys_open(texts[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  uint32_t end = list(directory, (uint32_t)depth, texts[3]) ? MORE : COMPLETE;
  answer(&end, sizeof end);
}
