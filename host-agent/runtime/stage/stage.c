/*
 * muster-stage: everything about starting a sandbox that needs system calls which the agent's language lacks, in one
 * short-lived process: its volume, its root file system, the socket of its init; then it becomes the OCI runtime.
 *
 *   muster-stage [--hide PATH] [sandbox options] -- RUNTIME ARGUMENT…
 *
 *     --hide PATH          unmounts PATH for the runtime (crun refuses hybrid cgroups otherwise)
 *     --stage DIR          where to mount; any user must be able to reach it. Needs all that follow:
 *     --home DIR           the sandbox's directory: gets `volume` and `init.sock`
 *     --blank FILE         the formatted, empty volume to start from; an existing `volume` is taken as it is
 *     --reserve            gives the volume its blocks now, so that a promise of space is kept
 *     --lower DIR          the template's root, read-only
 *     --init FILE          the program of pid 1
 *     --first-id N         host id of the sandbox's root; 65,536 ids belong to it
 *
 * All mounts are made in a mount namespace of its own, which ends with the sandbox's: when the last process of the
 * sandbox has gone, root file system, volume and loop device go with it. Nothing can be left behind, whoever dies.
 *
 * Its own failures end with code 125 and one line on stderr.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDS_PER_SANDBOX 65536
#define SOCKET_DESCRIPTOR 3
#define LEFT_FOR_THE_MACHINE (512ull * 1024 * 1024)

/* Not in <linux/mount.h>, and <sys/mount.h> cannot be included beside it everywhere. */
#define MNT_DETACH 2

struct plan {
  const char *hide, *stage, *home, *blank, *lower, *init;
  unsigned long first_id;
  int reserve;
};

static void die(const char *step, const char *subject) {
  fprintf(stderr, "muster-stage: %s%s%s: %s\n", step, subject ? " " : "", subject ? subject : "", strerror(errno));
  exit(125);
}

static int must(int result, const char *step, const char *subject) {
  if (result < 0) die(step, subject);
  return result;
}

/* Copies only what holds data: a blank volume of 2 GiB has about 1 MiB of it. */
static void copy_data(int from, int to, off_t size) {
  off_t at = 0;
  while (at < size) {
    off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;
    must(data < 0 ? -1 : 0, "find data in the blank volume", NULL);
    off_t hole = lseek(from, data, SEEK_HOLE);
    must(hole < 0 ? -1 : 0, "find a hole in the blank volume", NULL);
    off_t target = data;
    while (data < hole) {
      ssize_t copied = copy_file_range(from, &data, to, &target, hole - data, 0);
      must(copied <= 0 ? -1 : 0, "copy the blank volume", NULL);
    }
    at = hole;
  }
}

/* Asked before anything is taken: reserving until the disk is full would be felt by everyone on it. */
static int has_room(off_t size) {
  struct statvfs disk;
  must(statvfs(".", &disk), "look at", "the disk");
  if ((unsigned long long)disk.f_bavail * disk.f_frsize >= (unsigned long long)size + LEFT_FOR_THE_MACHINE) return 1;
  unlink("volume.new");
  errno = ENOSPC;
  return 0;
}

/* The volume is complete once it has its name, so a crash while it is made leaves none. */
static int open_volume(const struct plan *plan) {
  int volume = open("volume", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (volume >= 0 || errno != ENOENT) return must(volume, "open", "volume");
  int blank = must(open(plan->blank, O_RDONLY | O_CLOEXEC), "open", plan->blank);
  struct stat facts;
  must(fstat(blank, &facts), "look at", plan->blank);
  volume = must(open("volume.new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), "create", "volume.new");
  must(ftruncate(volume, facts.st_size), "size", "volume.new");
  if (plan->reserve) must(has_room(facts.st_size) ? 0 : -1, "reserve the disk space of", "the sandbox");
  if (plan->reserve && fallocate(volume, 0, 0, facts.st_size) < 0 && errno != EOPNOTSUPP) {
    int why = errno;
    unlink("volume.new");
    errno = why;
    die("reserve the disk space of", "the sandbox");
  }
  copy_data(blank, volume, facts.st_size);
  close(blank);
  must(rename("volume.new", "volume"), "name", "volume");
  return volume;
}

/* A loop device that frees itself once nothing uses it any more. */
static int attach_loop(int volume, char *path, size_t size) {
  int control = must(open("/dev/loop-control", O_RDWR | O_CLOEXEC), "open", "/dev/loop-control");
  struct loop_config config = {.fd = (unsigned)volume, .block_size = 4096, .info = {.lo_flags = LO_FLAGS_AUTOCLEAR}};
  for (int attempt = 0; attempt < 1000; attempt++) {
    int number = must(ioctl(control, LOOP_CTL_GET_FREE), "get", "a free loop device");
    snprintf(path, size, "/dev/loop%d", number);
    int device = open(path, O_RDWR | O_CLOEXEC);
    if (device < 0 && errno == ENOENT) {
      /* Where nobody creates device nodes for us. */
      mknod(path, S_IFBLK | 0600, (dev_t)(7u << 8 | (unsigned)number));
      device = open(path, O_RDWR | O_CLOEXEC);
    }
    if (device >= 0 && ioctl(device, LOOP_CONFIGURE, &config) == 0) {
      close(control);
      return device;
    }
    /* Another one was quicker. */
    if (errno != EBUSY) die("attach", path);
    if (device >= 0) close(device);
  }
  die("attach", "a loop device");
  return -1;
}

/* A user namespace that maps ids 0…65535 to the sandbox's range: how a mount is told to shift its owners. */
static int make_id_map(unsigned long first) {
  int ready[2], done[2];
  char byte = 0, path[64], map[64];
  must(pipe2(ready, O_CLOEXEC), "make", "a pipe");
  must(pipe2(done, O_CLOEXEC), "make", "a pipe");
  pid_t child = must(fork(), "fork", NULL);
  if (child == 0) {
    close(done[1]);
    if (unshare(CLONE_NEWUSER) < 0) _exit(1);
    if (write(ready[1], &byte, 1) == 1) (void)!read(done[0], &byte, 1);
    _exit(0);
  }
  close(ready[1]);
  if (read(ready[0], &byte, 1) != 1) {
    errno = EPERM;
    die("make", "a user namespace");
  }
  int length = snprintf(map, sizeof map, "0 %lu %d\n", first, IDS_PER_SANDBOX);
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", child, i ? "gid_map" : "uid_map");
    int file = must(open(path, O_WRONLY | O_CLOEXEC), "open", path);
    if (write(file, map, (size_t)length) != length) die("write", path);
    close(file);
  }
  snprintf(path, sizeof path, "/proc/%d/ns/user", child);
  int namespace = must(open(path, O_RDONLY | O_CLOEXEC), "open", path);
  close(done[0]), close(done[1]), close(ready[0]);
  waitpid(child, NULL, 0);
  return namespace;
}

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

static void mount_lower(const char *lower, int id_map) {
  int tree = must((int)syscall(SYS_open_tree, AT_FDCWD, lower, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open", lower);
  place(tree, "lower", id_map, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
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

static void mount_root(void) {
  int context = must((int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC), "open", "overlay");
  configure(context, "source", "muster");
  configure(context, "lowerdir", "lower");
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

/* Listens in the sandbox's directory; the init inherits it, so an agent that comes later can connect, and no guest can. */
static void listen_for_agents(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "init.sock"};
  unlink("init.sock");
  int listener = must(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), "make", "a socket");
  mode_t mask = umask(0177);
  must(bind(listener, (struct sockaddr *)&address, sizeof address), "bind", "init.sock");
  umask(mask);
  must(listen(listener, 16), "listen on", "init.sock");
  if (listener == SOCKET_DESCRIPTOR) return;
  must(dup2(listener, SOCKET_DESCRIPTOR), "place", "the socket");
  close(listener);
}

/* Runtimes give what is on descriptors 0 to 2 to the sandbox's root; it must not be the machine's own /dev/null. */
static void close_input(void) {
  int ends[2];
  must(pipe(ends), "make", "a pipe");
  must(dup2(ends[0], 0), "place", "the input");
  close(ends[0]), close(ends[1]);
}

static void set_the_stage(const struct plan *plan) {
  close_input();
  must(chdir(plan->home), "enter", plan->home);
  int volume = open_volume(plan);
  listen_for_agents();
  must(chdir(plan->stage), "enter", plan->stage);
  int id_map = make_id_map(plan->first_id);
  mount_volume(volume, id_map);
  close(volume);
  mount_lower(plan->lower, id_map);
  close(id_map);
  act_as(plan->first_id);
  mount_root();
  act_as(0);
  mount_init(plan->init);
  must(chdir(plan->home), "enter", plan->home);
}

int main(int argc, char **argv) {
  struct plan plan = {0};
  static const struct option options[] = {
      {"hide", required_argument, NULL, 'h'},  {"stage", required_argument, NULL, 's'},
      {"home", required_argument, NULL, 'd'},  {"blank", required_argument, NULL, 'b'},
      {"lower", required_argument, NULL, 'l'}, {"init", required_argument, NULL, 'i'},
      {"first-id", required_argument, NULL, 'f'}, {"reserve", no_argument, NULL, 'r'}, {0}};
  int option;
  while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
    switch (option) {
    case 'h': plan.hide = optarg; break;
    case 's': plan.stage = optarg; break;
    case 'd': plan.home = optarg; break;
    case 'b': plan.blank = optarg; break;
    case 'l': plan.lower = optarg; break;
    case 'i': plan.init = optarg; break;
    case 'f': plan.first_id = strtoul(optarg, NULL, 10); break;
    case 'r': plan.reserve = 1; break;
    default: return 125;
    }
  }
  if (optind >= argc || (plan.stage && !(plan.home && plan.blank && plan.lower && plan.init && plan.first_id))) {
    fprintf(stderr, "muster-stage: incomplete arguments\n");
    return 125;
  }
  /* Also for the runtime: what an agent began and did not live to see is undone by the next one, which must not race with it. */
  must(prctl(PR_SET_PDEATHSIG, SIGKILL), "bind", "the life of this process to the agent's");
  if (plan.hide || plan.stage) {
    must(unshare(CLONE_NEWNS), "make", "a mount namespace");
    must((int)syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "detach", "the mount namespace");
  }
  if (plan.hide) must((int)syscall(SYS_umount2, plan.hide, MNT_DETACH), "hide", plan.hide);
  if (plan.stage) set_the_stage(&plan);
  execvp(argv[optind], argv + optind);
  die("start", argv[optind]);
}
