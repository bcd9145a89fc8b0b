/* Directories, moves, removals, permissions. */
#include "files.h"

#define RENAME_NOREPLACE 1
/* Directories that are open at once while a tree is removed. */
#define MAX_OPEN_DEPTH 128
#define MAX_ROUNDS 100000

void make_parents(char *path) {
  for (char *at = path + 1; *at; at++) {
    if (*at != '/') continue;
    *at = 0;
    long made = CALL3(__NR_mkdirat, AT_FDCWD, path, 0755);
    *at = '/';
    /* What stands in the way is told by whoever goes on from here; a file system that cannot be changed may have it. */
    if (made < 0 && made != -EEXIST && made != -EROFS && made != -EACCES) checked(made);
  }
}

static void set_permissions(int fd, uint64_t mode, uint32_t uid, uint32_t gid) {
  if (uid != UINT32_MAX || gid != UINT32_MAX) checked(CALL5(__NR_fchownat, fd, "", uid, gid, AT_EMPTY_PATH));
  /* After the owner, because a change of that takes the set-user bits away. */
  if (mode != UINT64_MAX) checked(CALL3(__NR_fchmodat, AT_FDCWD, descriptor_path(fd), mode));
}

/* path, mode, owner, group, whether to make parents */
void do_make(char **texts) {
  uint64_t mode = number_or(texts[1], 0755), parents = number_of(texts[4]);
  uint32_t uid = uid_of(texts[2], UINT32_MAX), gid = gid_of(texts[3], UINT32_MAX);
  if (parents) make_parents(texts[0]);
  struct place place = place_of(texts[0], EEXIST);
  long made = CALL3(__NR_mkdirat, place.directory, place.name, 0700);
  if (made < 0 && (made != -EEXIST || !parents)) checked(made);
  int fd = (int)checked(CALL4(__NR_openat, place.directory, place.name, O_PATH | O_DIRECTORY | O_CLOEXEC | (made < 0 ? 0 : O_NOFOLLOW), 0));
  if (made >= 0) set_permissions(fd, mode, uid, gid);
  tell_descriptor(fd);
}

/* from, to, whether to replace */
void do_move(char **texts) {
  struct place from = place_of(texts[0], EINVAL), to = place_of(texts[1], EINVAL);
  uint32_t flags = number_of(texts[2]) ? 0 : RENAME_NOREPLACE;
  checked(CALL5(__NR_renameat2, from.directory, from.name, to.directory, to.name, flags));
  struct statx facts;
  if (look(to.directory, to.name, &facts) == 0) tell(to.directory, to.name, &facts, "", 0);
}

struct removal {
  int directory, top;
  uint32_t depth, moved;
};

static void remove_tree(struct removal *removal, const char *name);

static int remove_entry(const char *name, void *with) {
  struct removal *removal = with;
  long removed = CALL3(__NR_unlinkat, removal->directory, name, 0);
  if (removed == -EISDIR) remove_tree(removal, name);
  else if (removed != -ENOENT) checked(removed);
  return 0;
}

/* A tree that is deeper than descriptors reach is taken up to the top, and removed from there. */
static void lift(struct removal *removal, const char *name) {
  char lifted[32] = ".muster-removed-";
  long result;
  do {
    print_number(lifted + 16, removal->moved++);
    result = CALL5(__NR_renameat2, removal->directory, name, removal->top, lifted, RENAME_NOREPLACE);
  } while (result == -EEXIST);
  checked(result);
}

static void remove_tree(struct removal *removal, const char *name) {
  if (removal->depth == MAX_OPEN_DEPTH) {
    lift(removal, name);
    return;
  }
  long directory = CALL4(__NR_openat, removal->directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
  if (directory == -ENOENT) return;
  checked(directory);
  struct removal below = {(int)directory, removal->top < 0 ? (int)directory : removal->top, removal->depth + 1, removal->moved};
  long removed = -ENOTEMPTY;
  /* Again where something was lifted into it, or where somebody puts files into it meanwhile. */
  for (int round = 0; removed == -ENOTEMPTY && round < MAX_ROUNDS; round++) {
    each_name(below.directory, remove_entry, &below);
    removed = CALL3(__NR_unlinkat, removal->directory, name, AT_REMOVEDIR);
  }
  removal->moved = below.moved;
  sys_close((int)directory);
  if (removed != -ENOENT) checked(removed);
}

/* path, whether to remove what is in it, too */
void do_remove(char **texts) {
  uint64_t recursive = number_of(texts[1]);
  struct place place = place_of(texts[0], EBUSY);
  struct statx facts;
  checked(look(place.directory, place.name, &facts));
  struct removal removal = {place.directory, -1, 0, 0};
  if (!S_ISDIR(facts.stx_mode)) checked(CALL3(__NR_unlinkat, place.directory, place.name, 0));
  else if (recursive) remove_tree(&removal, place.name);
  else checked(CALL3(__NR_unlinkat, place.directory, place.name, AT_REMOVEDIR));
}

/* path, mode, owner, group, whether to follow */
void do_permissions(char **texts) {
  uint64_t mode = number_or(texts[1], UINT64_MAX);
  int fd = open_place(texts[0], (int)number_of(texts[4]));
  struct statx facts;
  checked(look(fd, "", &facts));
  if (mode != UINT64_MAX && S_ISLNK(facts.stx_mode)) sys_exit(LINK_REFUSED);
  set_permissions(fd, mode, uid_of(texts[2], UINT32_MAX), gid_of(texts[3], UINT32_MAX));
  tell_descriptor(fd);
}
