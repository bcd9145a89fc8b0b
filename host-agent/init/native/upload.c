/*
 * Putting a whole file in place: written beside, brought to the disk, renamed. What is not finished has no name where the
 * file system can do that, so nothing is left of it whatever happens; a resumable upload has one on purpose.
 *
 * Standard input: pieces that begin with their length, u32; a length of 0 is the end. Input that ends without it was
 * broken off. Standard output: u64 where the upload stands, then, once it is in place, the file's entry.
 */
#include "files.h"

#define RENAME_NOREPLACE 1
#define LOCK_EX 2
#define LOCK_NB 4
#define STALE_S (24 * 3600)
#define MAX_SWEPT 10000

enum write_flags { CREATE_PARENTS = 1, ONLY_NEW = 2, FOLLOW = 4 };

/* The file that is to be replaced, as its entry told it. */
struct known {
  uint64_t inode, changed_s, changed_ns, size;
};

struct upload {
  struct place place;
  const struct known *known; /* NULL: whatever is there */
  int fd;
  char name[sizeof UPLOAD_PREFIX + UPLOAD_ID_LENGTH]; /* beside its place; empty while it has none */
  int resumable;
  uint64_t offset, size; /* size: UINT64_MAX where it is unknown */
};

static void name_upload(struct upload *upload, const char *id) {
  size_t length = text_length(id);
  if (length > UPLOAD_ID_LENGTH || *text_find(id, '/')) sys_exit(MALFORMED);
  memcpy(upload->name, UPLOAD_PREFIX, sizeof UPLOAD_PREFIX);
  memcpy(upload->name + sizeof UPLOAD_PREFIX - 1, id, length + 1);
}

/* A name that nobody else has. */
static void name_by_chance(struct upload *upload) {
  uint8_t random[16];
  char id[33] = "";
  checked(CALL3(__NR_getrandom, random, sizeof random, 0));
  for (size_t i = 0; i < 32; i++) id[i] = "0123456789abcdef"[random[i / 2] >> (i % 2 * 4) & 15];
  name_upload(upload, id);
}

static void drop(struct upload *upload) {
  if (upload->name[0]) CALL3(__NR_unlinkat, upload->place.directory, upload->name, 0);
}

static _Noreturn void fail(struct upload *upload, int code) {
  drop(upload);
  sys_exit(code);
}

static void tell_offset(uint64_t offset) { answer(&offset, sizeof offset); }

struct sweep {
  int directory, left;
  int64_t before_s;
};

/* Uploads that nobody went on with for a day. */
static int sweep_name(const char *name, void *with) {
  struct sweep *sweep = with;
  struct statx facts;
  if (sweep->left-- == 0) return 1;
  if (!text_after(name, UPLOAD_PREFIX) || look(sweep->directory, name, &facts) < 0) return 0;
  if (S_ISREG(facts.stx_mode) && facts.stx_mtime.tv_sec < sweep->before_s) CALL3(__NR_unlinkat, sweep->directory, name, 0);
  return 0;
}

static void sweep_uploads(const struct place *place) {
  struct __kernel_timespec now = {0};
  CALL2(__NR_clock_gettime, CLOCK_REALTIME, &now);
  struct sweep sweep = {place->directory, MAX_SWEPT, now.tv_sec - STALE_S};
  int can_list = CALL3(__NR_fcntl, place->directory, F_GETFL, 0) & O_PATH ? 0 : 1;
  if (can_list) each_name(place->directory, sweep_name, &sweep);
}

/* Opens a resumable upload for this call alone. */
static void open_resumable(struct upload *upload, uint64_t offset) {
  struct statx facts;
  int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (offset == 0 ? O_CREAT : 0);
  if (offset == 0) sweep_uploads(&upload->place);
  long fd = CALL4(__NR_openat, upload->place.directory, upload->name, flags, 0600);
  if (fd == -ENOENT && offset > 0) {
    tell_offset(0);
    flush_answer();
    sys_exit(WRONG_OFFSET);
  }
  upload->fd = (int)checked(fd);
  checked(look(upload->fd, "", &facts));
  if (!S_ISREG(facts.stx_mode)) sys_exit(NOT_REGULAR);
  long locked = CALL2(__NR_flock, upload->fd, LOCK_EX | LOCK_NB);
  if (locked == -EAGAIN) sys_exit(UPLOAD_IN_USE);
  checked(locked);
  checked(look(upload->fd, "", &facts));
  /* Whoever had it before has put it in place. */
  if (facts.stx_nlink == 0) sys_exit(UPLOAD_IN_USE);
  if (offset == 0) checked(CALL2(__NR_ftruncate, upload->fd, 0));
  else if (facts.stx_size != offset) {
    tell_offset(facts.stx_size);
    flush_answer();
    sys_exit(WRONG_OFFSET);
  }
  checked(CALL3(__NR_lseek, upload->fd, offset, 0));
}

static void open_nameless(struct upload *upload) {
  long fd = CALL4(__NR_openat, upload->place.directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL) {
    name_by_chance(upload);
    fd = CALL4(__NR_openat, upload->place.directory, upload->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  }
  upload->fd = (int)checked(fd);
}

/* Answers 0 where the input has ended. */
static int take(void *to, size_t size) {
  for (size_t got = 0; got < size;) {
    long more = sys_read(0, (char *)to + got, size - got);
    if (more == -EINTR) continue;
    if (more <= 0) return 0;
    got += (size_t)more;
  }
  return 1;
}

static void keep(struct upload *upload, const char *bytes, size_t size) {
  if (upload->size - upload->offset < size) fail(upload, EFBIG);
  while (size > 0) {
    long written = sys_write(upload->fd, bytes, size);
    if (written == -EINTR) continue;
    /* A full disk: what was begun must not keep it full. */
    if (written < 0) fail(upload, (int)-written);
    bytes += written;
    size -= (size_t)written;
    upload->offset += (uint64_t)written;
  }
}

/* Answers whether the input said that it ended. */
static int take_pieces(struct upload *upload) {
  static char bytes[128 * 1024];
  uint32_t left;
  while (take(&left, sizeof left)) {
    if (left == 0) return 1;
    while (left > 0) {
      size_t part = left < sizeof bytes ? left : sizeof bytes;
      if (!take(bytes, part)) return 0;
      keep(upload, bytes, part);
      left -= (uint32_t)part;
    }
  }
  return 0;
}

/* What the file is to be beside its bytes; read before any of them is taken. */
struct facts {
  uint32_t uid, gid;
  uint64_t mode;
  int owner_wanted;
};

static struct facts facts_of(char **texts, const struct statx *old) {
  return (struct facts){
      .uid = uid_of(texts[2], old ? old->stx_uid : (uint32_t)CALL0(__NR_getuid)),
      .gid = gid_of(texts[3], old ? old->stx_gid : (uint32_t)CALL0(__NR_getgid)),
      .mode = number_or(texts[1], old ? old->stx_mode & 07777u : 0644),
      .owner_wanted = *texts[2] || *texts[3],
  };
}

static void set_facts(struct upload *upload, const struct facts *facts) {
  long owned = CALL3(__NR_fchown, upload->fd, facts->uid, facts->gid);
  /* That the old owner cannot be kept is no failure; that the wanted one cannot be had is. */
  if (owned < 0 && facts->owner_wanted) fail(upload, (int)-owned);
  long set = CALL2(__NR_fchmod, upload->fd, facts->mode);
  if (set < 0) fail(upload, (int)-set);
}

static int is_known(const struct known *known, const struct statx *facts) {
  return facts->stx_ino == known->inode && (uint64_t)facts->stx_ctime.tv_sec == known->changed_s &&
         facts->stx_ctime.tv_nsec == known->changed_ns && facts->stx_size == known->size;
}

/* Looks once more, right before it is replaced. The lock is for those who come this way: of two, one finds the other's. */
static void require_known(struct upload *upload) {
  struct statx facts;
  CALL2(__NR_flock, upload->place.directory, LOCK_EX);
  long found = look(upload->place.directory, upload->place.name, &facts);
  if (found < 0 || !is_known(upload->known, &facts)) fail(upload, CHANGED);
}

static void put_in_place(struct upload *upload, int only_new) {
  const struct place *place = &upload->place;
  long result = CALL1(__NR_fsync, upload->fd);
  if (result < 0) fail(upload, (int)-result);
  if (upload->known) require_known(upload);
  if (!upload->name[0] && only_new) {
    checked(CALL5(__NR_linkat, AT_FDCWD, descriptor_path(upload->fd), place->directory, place->name, AT_SYMLINK_FOLLOW));
  } else {
    if (!upload->name[0]) {
      name_by_chance(upload);
      checked(CALL5(__NR_linkat, AT_FDCWD, descriptor_path(upload->fd), place->directory, upload->name, AT_SYMLINK_FOLLOW));
    }
    result = CALL5(__NR_renameat2, place->directory, upload->name, place->directory, place->name, only_new ? RENAME_NOREPLACE : 0);
    if (result < 0) fail(upload, (int)-result);
  }
  /* The rename, too, outlives the machine; a directory that cannot be listed cannot be synced either. */
  CALL1(__NR_fsync, place->directory);
}

/* Where a symbolic link leads to, itself no link any more. Everything else is left as it is. */
static char *followed(char *path) {
  static char real[4097];
  struct statx facts;
  if (look(AT_FDCWD, path, &facts) < 0 || !S_ISLNK(facts.stx_mode)) return path;
  int fd = open_place(path, 1);
  long length = checked(CALL4(__NR_readlinkat, AT_FDCWD, descriptor_path(fd), real, sizeof real - 1));
  real[length] = 0;
  sys_close(fd);
  return real;
}

static void write_file(char **texts, const struct known *known) {
  struct upload upload = {.known = known, .resumable = *texts[5] != 0, .offset = number_of(texts[6]), .size = number_or(texts[7], UINT64_MAX)};
  uint64_t flags = number_of(texts[4]);
  if (upload.offset > upload.size || (upload.offset > 0 && !upload.resumable)) sys_exit(MALFORMED);
  char *path = flags & FOLLOW ? followed(texts[0]) : texts[0];
  size_t length = text_length(path);
  if (length > 0 && path[length - 1] == '/') sys_exit(EISDIR);
  if (flags & CREATE_PARENTS) make_parents(path);
  upload.place = place_of(path, EISDIR);
  struct statx old;
  long found = look(upload.place.directory, upload.place.name, &old);
  if (found < 0 && found != -ENOENT) checked(found);
  if (found == 0 && S_ISDIR(old.stx_mode)) sys_exit(EISDIR);
  if (found == 0 && (flags & ONLY_NEW)) sys_exit(EEXIST);
  if (known && (found < 0 || !is_known(known, &old))) sys_exit(CHANGED);
  /* A link has no mode that a file could take over. */
  if (found == 0 && !S_ISREG(old.stx_mode)) found = -ENOENT;
  struct facts facts = facts_of(texts, found == 0 ? &old : NULL);
  if (upload.resumable) {
    name_upload(&upload, texts[5]);
    open_resumable(&upload, upload.offset);
  } else {
    open_nameless(&upload);
  }
  int ended = take_pieces(&upload);
  int whole = ended && (upload.size == UINT64_MAX || upload.offset == upload.size);
  if (!whole) {
    if (!upload.resumable) fail(&upload, UNFINISHED);
    if (!ended) sys_exit(UNFINISHED);
    tell_offset(upload.offset);
    return;
  }
  set_facts(&upload, &facts);
  put_in_place(&upload, (flags & ONLY_NEW) != 0);
  tell_offset(upload.offset);
  tell_descriptor(upload.fd);
}

/* path, mode, owner, group, flags, upload id, offset, size */
void do_write(char **texts) { write_file(texts, NULL); }

/* inode, seconds and nanoseconds of its change, size of what is replaced; then what a write has */
void do_replace(char **texts) {
  struct known known = {number_of(texts[0]), number_of(texts[1]), number_of(texts[2]), number_of(texts[3])};
  write_file(texts + 4, &known);
}
