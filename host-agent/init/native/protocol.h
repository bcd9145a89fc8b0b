/*
 * What agent and init say to each other over one byte stream. All numbers are little endian.
 *
 *   frame    u32 length of the body, u8 type, u8 channel, u16 zero, u32 stream; then the body
 *   stream   opened by the agent under a number of its choice that is not in use; 0 is the connection itself
 *   channel  of a stream: IN towards the sandbox, OUT and ERR towards the agent
 *
 * Every channel has a credit: bytes that may still be sent. The receiver gives more as it consumes, so a slow reader
 * slows the writer down and nothing is ever buffered without bound. IN begins with STDIN_WINDOW, OUT and ERR with
 * what OPEN says.
 *
 * New kinds of streams (terminals, files, connections to ports) are new values of `kind` in OPEN, on the same frames.
 * The same numbers stand in ../frames.ts.
 */
#ifndef MUSTER_PROTOCOL_H
#define MUSTER_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_MAGIC 0x5254534du /* "MSTR" */
#define PROTOCOL_VERSION 1
#define HEADER_SIZE 12u
#define MAX_DATA 65536u             /* body of every frame but OPEN */
#define MAX_OPEN (8u * 1024 * 1024) /* body of OPEN: arguments and environment */
#define STDIN_WINDOW 65536u

enum frame_type {
  HELLO = 1,   /* init, first on every connection: u32 magic, u16 version, u16 zero, u32 streams at most */
  PING = 2,    /* agent: u64 of its choice */
  PONG = 3,    /* init: the same u64 */
  OPEN = 16,   /* agent: struct open_header and what follows it */
  OPENED = 17, /* init: u32 pid */
  DATA = 18,   /* both: bytes of a channel, within its credit */
  END = 19,    /* agent: no more bytes on IN; init, of a connection: no more bytes on OUT */
  CREDIT = 20, /* both: u32 more bytes that may be sent on a channel */
  SIGNAL = 21, /* agent: u32 signal for the process group */
  RESET = 22,  /* agent: kill it with all that belongs to it; CLOSED follows, what it wrote is dropped */
  CLOSED = 23, /* init, last on every stream: struct closed */
};

enum channel { IN = 0, OUT = 1, ERR = 2 };

enum stream_kind { PROCESS = 1, FILES = 8, CONNECTION = 16 };

enum open_flags {
  WITH_STDIN = 1,     /* else it reads from /dev/null */
  ENDS_WITH_LINK = 2, /* killed when the agent's connection ends; else it goes on and its output is dropped */
};

/* Then: the limits, then texts that each end with a zero byte: user, cwd, arguments, environment ("NAME=value"). */
struct open_header {
  uint16_t kind, flags;
  uint32_t window;     /* first credit of OUT and of ERR */
  uint32_t timeout_ms; /* 0: none. Time in which the sandbox is frozen does not count. */
  uint32_t limits, arguments, variables;
} __attribute__((packed));

struct open_limit {
  uint32_t resource;
  uint64_t soft, hard;
} __attribute__((packed));

/* OPEN of a connection to a TCP port on the sandbox's loopback. OPENED follows (pid 0), or CLOSED with NOT_STARTED. */
struct dial_header {
  uint16_t kind, port;
  uint32_t window; /* first credit of OUT */
} __attribute__((packed));

enum closed_flags { TIMED_OUT = 1, NOT_STARTED = 2 };

struct closed {
  uint32_t code;   /* exit code; with NOT_STARTED the errno */
  uint32_t signal; /* that ended it, or 0 */
  uint32_t flags;
  uint32_t zero;
  uint64_t duration_us;
} __attribute__((packed));

#endif
