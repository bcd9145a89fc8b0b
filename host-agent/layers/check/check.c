/*
 * muster-layer-check DIR: looks through an unpacked layer, which came from elsewhere, before anything is mounted on it.
 * Ends with 0 where it holds files, links, whiteouts and the marks of replaced directories alone; else with 3 and a line
 * that names what else it holds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define REFUSED 3
#define OPAQUE "trusted.overlay.opaque"

static int refuse(const FTSENT *entry, const char *what) {
  fprintf(stderr, "%s has %s\n", entry->fts_name, what);
  return REFUSED;
}

static int starts(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static int check_attribute(const FTSENT *entry, const char *name) {
  char value[2];
  if (strcmp(name, OPAQUE) == 0) {
    ssize_t length = lgetxattr(entry->fts_accpath, name, value, sizeof value);
    return length == 1 && value[0] == 'y' && entry->fts_info == FTS_D ? 0 : refuse(entry, "a crafted mark");
  }
  if (starts(name, "trusted.") || starts(name, "user.overlay.") || strcmp(name, "security.capability") == 0)
    return refuse(entry, name);
  return 0;
}

static int check_attributes(const FTSENT *entry) {
  static char names[65536]; /* the kernel's own limit */
  ssize_t length = llistxattr(entry->fts_accpath, names, sizeof names);
  if (length < 0) return errno == ENOTSUP ? 0 : refuse(entry, "attributes that cannot be read");
  for (char *name = names; name < names + length; name += strlen(name) + 1) {
    int result = check_attribute(entry, name);
    if (result) return result;
  }
  return 0;
}

static int check(const FTSENT *entry) {
  const struct stat *facts = entry->fts_statp;
  switch (entry->fts_info) {
  case FTS_DP: return 0; /* seen on the way in */
  case FTS_DNR: case FTS_ERR: case FTS_NS: return refuse(entry, "something that cannot be read");
  }
  if (S_ISBLK(facts->st_mode) || (S_ISCHR(facts->st_mode) && facts->st_rdev != 0)) return refuse(entry, "a device");
  return check_attributes(entry);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  char *roots[] = {argv[1], NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL, NULL);
  if (!tree) return 2;
  FTSENT *entry;
  while (errno = 0, (entry = fts_read(tree))) {
    int result = check(entry);
    if (result) return result;
  }
  return errno ? 2 : 0;
}
