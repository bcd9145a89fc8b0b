/* The kernel's calls without a C library: muster-init is a static program of a few kilobytes with nothing in it that we did not write. */
#ifndef MUSTER_KERNEL_H
#define MUSTER_KERNEL_H

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/stat.h>
#include <linux/time.h>
#include <linux/wait.h>
#include <stddef.h>
#include <stdint.h>

#define AT_FDCWD -100
#define F_DUPFD_CLOEXEC 1030
#define SOCK_NONBLOCK O_NONBLOCK
#define SOCK_CLOEXEC O_CLOEXEC
#define SIGNALFD_CLOEXEC O_CLOEXEC
#define SIGNALFD_NONBLOCK O_NONBLOCK
#define MSG_NOSIGNAL 0x4000
#define SIGNALS_SIZE 8 /* bytes of the kernel's signal set */

/* Answers what the kernel answers: -errno for a failure. */
static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
#error "muster-init knows x86_64 and aarch64"
#endif
}

#define CALL0(n) call6(n, 0, 0, 0, 0, 0, 0)
#define CALL1(n, a) call6(n, (long)(a), 0, 0, 0, 0, 0)
#define CALL2(n, a, b) call6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL3(n, a, b, c) call6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CALL4(n, a, b, c, d) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define CALL5(n, a, b, c, d, e) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define CALL6(n, a, b, c, d, e, f) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static inline long sys_read(int fd, void *to, size_t size) { return CALL3(__NR_read, fd, to, size); }
static inline long sys_write(int fd, const void *from, size_t size) { return CALL3(__NR_write, fd, from, size); }
static inline long sys_close(int fd) { return CALL1(__NR_close, fd); }
static inline long sys_open(const char *path, int flags) { return CALL4(__NR_openat, AT_FDCWD, path, flags, 0); }
static inline long sys_kill(int pid, int signal) { return CALL2(__NR_kill, pid, signal); }
static inline _Noreturn void sys_exit(int code) {
  for (;;) CALL1(__NR_exit_group, code);
}

/* Anonymous memory, or NULL. */
static inline void *map_memory(size_t size) {
  long at = CALL6(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at < 0 && at > -4096 ? NULL : (void *)at;
}
static inline void unmap_memory(void *at, size_t size) { CALL2(__NR_munmap, at, size); }

/* Microseconds of a clock that never jumps. */
static inline uint64_t now_us(void) {
  struct __kernel_timespec time = {0};
  CALL2(__NR_clock_gettime, CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_nsec / 1000u;
}

/* text.c */
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
size_t text_length(const char *text);
int text_equal(const char *a, const char *b);
const char *text_after(const char *text, const char *prefix);
const char *text_find(const char *text, char wanted);
int parse_number(const char *text, char end, uint32_t *number);
size_t print_number(char *to, uint32_t number);
void complain(const char *first, const char *second, const char *third);

#endif
