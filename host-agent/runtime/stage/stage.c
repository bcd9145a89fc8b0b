/*
 * muster-stage: everything about starting a sandbox that needs system calls which the agent's language lacks, in one
 * short-lived process: its volume, its root file system, the socket of its init; then it becomes the OCI runtime. These
 * processes are forked by a small one that serves the agent (serve.c); each is asked for with the arguments
 *
 *   [--hide PATH] [--sealed] [sandbox options] -- RUNTIME ARGUMENT…
 *
 *     --hide PATH          unmounts PATH for the runtime (crun refuses hybrid cgroups otherwise)
 *     --sealed             runs a copy of RUNTIME, a path, that nothing can change, where the machine allows it (sealed.c)
 *     --stage DIR          where to mount; any user must be able to reach it. Needs all that follow:
 *     --home DIR           the sandbox's directory: gets `volume` and `init.sock`
 *     --blank FILE         the formatted, empty volume to start from; an existing `volume` is taken as it is
 *     --reserve            gives the volume its blocks now, so that a promise of space is kept
 *     --lower DIR          a layer, read-only: the template's root first, then what lies above it (32 at most)
 *     --init FILE          the program of pid 1
 *     --first-id N         host id of the sandbox's root; 65,536 ids belong to it
 *
 * All mounts are made in a mount namespace of its own, which ends with the sandbox's: when the last process of the
 * sandbox has gone, root file system, volume and loop device go with it. Nothing can be left behind, whoever dies.
 *
 * Its own failures end with code 125 and one line on stderr.
 */
#define _GNU_SOURCE
#include "stage.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_DESCRIPTOR 3
/* Not in <linux/mount.h>, and <sys/mount.h> cannot be included beside it everywhere. */
#define MNT_DETACH 2

_Noreturn void die(const char *step, const char *subject) {
  fprintf(stderr, "muster-stage: %s%s%s: %s\n", step, subject ? " " : "", subject ? subject : "", strerror(errno));
  exit(STAGE_FAILED);
}

int must(int result, const char *step, const char *subject) {
  if (result < 0) die(step, subject);
  return result;
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
  listen_for_agents();
  dprintf(ANSWERS, "listening %s\n", plan->number);
  struct id_map map = begin_id_map();
  int volume = open_volume(plan);
  int id_map = finish_id_map(&map, plan->first_id);
  must(chdir(plan->stage), "enter", plan->stage);
  mount_all(plan, volume, id_map);
  close(volume), close(id_map);
  end_id_map(&map);
  /* Forgotten by the kernel where the mounts were made as somebody else. */
  live_no_longer_than(plan->parent);
  must(chdir(plan->home), "enter", plan->home);
}

_Noreturn void stage(int parent, const char *number, int is_sealed, int argc, char **argv) {
  struct plan plan = {.parent = parent, .number = number};
  static const struct option options[] = {
      {"hide", required_argument, NULL, 'h'},  {"stage", required_argument, NULL, 's'},
      {"home", required_argument, NULL, 'd'},  {"blank", required_argument, NULL, 'b'},
      {"lower", required_argument, NULL, 'l'}, {"init", required_argument, NULL, 'i'},
      {"first-id", required_argument, NULL, 'f'}, {"reserve", no_argument, NULL, 'r'},
      {"sealed", no_argument, NULL, 'c'},      {0}};
  int option;
  while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
    switch (option) {
    case 'h': plan.hide = optarg; break;
    case 's': plan.stage = optarg; break;
    case 'd': plan.home = optarg; break;
    case 'b': plan.blank = optarg; break;
    case 'l':
      if (plan.lower_count == MAX_LOWERS) exit(STAGE_FAILED);
      plan.lowers[plan.lower_count++] = optarg;
      break;
    case 'i': plan.init = optarg; break;
    case 'f': plan.first_id = strtoul(optarg, NULL, 10); break;
    case 'r': plan.reserve = 1; break;
    case 'c': break; /* whoever calls has seen to it */
    default: exit(STAGE_FAILED);
    }
  }
  if (optind >= argc || (plan.stage && !(plan.home && plan.blank && plan.lower_count && plan.init && plan.first_id))) {
    fprintf(stderr, "muster-stage: incomplete arguments\n");
    exit(STAGE_FAILED);
  }
  if (plan.hide || plan.stage) {
    must(unshare(CLONE_NEWNS), "make", "a mount namespace");
    must((int)syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "detach", "the mount namespace");
  }
  if (plan.hide) must((int)syscall(SYS_umount2, plan.hide, MNT_DETACH), "hide", plan.hide);
  if (plan.stage) set_the_stage(&plan);
  if (is_sealed) syscall(SYS_execveat, RUNTIME, "", argv + optind, environ, AT_EMPTY_PATH);
  execvp(argv[optind], argv + optind);
  die("start", argv[optind]);
}
