/* The root file system, from the template below and the sandbox's volume above. Its ids are shifted by the mounts. */
#define _GNU_SOURCE
#include "stage.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif

static void place(int mount, const char *target, int id_map, unsigned long attributes) {
  struct mount_attr attr = {.attr_set = attributes | (id_map < 0 ? 0 : MOUNT_ATTR_IDMAP), .userns_fd = (unsigned long)(id_map < 0 ? 0 : id_map)};
  must((int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attr, sizeof attr), "shift the owners of", target);
  must((int)syscall(SYS_move_mount, mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), "mount", target);
  close(mount);
}

static void configure(int context, const char *key, const char *value) {
  unsigned command = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;
  must((int)syscall(SYS_fsconfig, context, command, key, value, 0), "configure the file system:", key);
}

static int finish_mount(int context, const char *what) {
  must((int)syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "make the file system", what);
  int mount = must((int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0), "mount", what);
  close(context);
  return mount;
}

static void mount_volume(int volume, int id_map) {
  char device_path[32];
  int device = attach_loop(volume, device_path, sizeof device_path);
  int context = must((int)syscall(SYS_fsopen, "ext4", FSOPEN_CLOEXEC), "open", "ext4");
  configure(context, "source", device_path);
  /* No background writing of inode tables; a guest's fsync must not stall the disk of its neighbours. */
  configure(context, "noinit_itable", NULL);
  configure(context, "nobarrier", NULL);
  place(finish_mount(context, "volume"), "volume", id_map, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  close(device);
}

static void lower_name(int number, char *name, size_t size) { snprintf(name, size, "lower%d", number); }

static void mount_lowers(const struct plan *plan, int id_map) {
  char name[16];
  for (int i = 0; i < plan->lower_count; i++) {
    const char *lower = plan->lowers[i];
    int tree = must((int)syscall(SYS_open_tree, AT_FDCWD, lower, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open", lower);
    lower_name(i, name, sizeof name);
    place(tree, name, id_map, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
  }
}

/* The kernel wants the topmost first. */
static void name_lowers(int count, char *names, size_t size) {
  size_t length = 0;
  for (int i = count - 1; i >= 0; i--) {
    lower_name(i, names + length, size - length);
    length += strlen(names + length);
    if (i > 0) names[length++] = ':';
  }
}

/*
 * An overlay works in its upper layer as whoever mounted it. There only the sandbox's ids exist, so it must be mounted
 * by one of them: as the sandbox's root, but with the capabilities that we have.
 */
static void act_as(unsigned long id) {
  must(prctl(PR_SET_SECUREBITS, id ? SECBIT_NO_SETUID_FIXUP : 0), "keep", "the capabilities");
  setfsgid((gid_t)id);
  setfsuid((uid_t)id);
}

static void mount_root(int lower_count) {
  char lowers[MAX_LOWERS * 8];
  name_lowers(lower_count, lowers, sizeof lowers);
  int context = must((int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC), "open", "overlay");
  configure(context, "source", "muster");
  configure(context, "lowerdir", lowers);
  configure(context, "upperdir", "volume/upper");
  configure(context, "workdir", "volume/work");
  /* A layer that a guest wrote must stay plain files: nothing in it may point elsewhere. */
  configure(context, "redirect_dir", "nofollow");
  configure(context, "metacopy", "off");
  configure(context, "index", "off");
  place(finish_mount(context, "overlay"), "root", -1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  struct statvfs facts;
  must(statvfs("root", &facts), "look at", "the root file system");
  /* What the kernel does where it cannot use the upper layer. */
  if (facts.f_flag & ST_RDONLY) {
    errno = EROFS;
    die("mount", "the root file system");
  }
}

/* The runtime reads it as the sandbox's root user, who may not enter our directories: it must stand on the stage. */
static void mount_init(const char *init) {
  int tree = must((int)syscall(SYS_open_tree, AT_FDCWD, init, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open", init);
  place(tree, "init", -1, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

void mount_all(const struct plan *plan, int volume, int id_map) {
  mount_volume(volume, id_map);
  mount_lowers(plan, id_map);
  act_as(plan->first_id);
  mount_root(plan->lower_count);
  act_as(0);
  mount_init(plan->init);
}
