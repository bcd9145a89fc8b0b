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
#define PROTOCOL_REVISION 3 /* what was added: 1 files, connections, kept processes; 2 replacing a known file; 3 watching a tree */
#define HEADER_SIZE 12u
#define MAX_DATA 65536u             /* body of every frame but OPEN */
#define MAX_OPEN (8u * 1024 * 1024) /* body of OPEN: arguments and environment */
#define STDIN_WINDOW 65536u

enum frame_type {
  HELLO = 1,   /* init, first on every connection: u32 magic, u16 version, u16 revision, u32 streams at most */
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
  RESIZE = 24, /* agent: u16 columns, u16 rows of the terminal */
  PLACE = 25,  /* init: u64 offset of what follows: of output, or on PROCESS_CONTROL of input */
};

enum channel { IN = 0, OUT = 1, ERR = 2 };

enum stream_kind { PROCESS = 1, KEPT_PROCESS = 2, PROCESS_OUTPUT = 3, PROCESS_CONTROL = 4, PROCESS_LIST = 5, FILES = 8, CONNECTION = 16 };

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

#define KEY_SIZE 16
#define MAX_MEMO 896u
#define MAX_KEPT 64 /* processes that run or whose end is remembered; their list fits into one frame */

enum kept_flags {
  WITH_TERMINAL = 1,
  LOGIN_SHELL = 2, /* the first argument is replaced by the user's shell */
};

/*
 * OPEN of a process that outlives the connection. What it writes is kept in a ring of `kept` bytes and read on streams
 * of their own; its own stream is for input, signals, sizes and its end. Then: the memo, which is the agent's own and
 * only kept; then what OPEN of a PROCESS has. A key that is known already is refused with EEXIST.
 */
struct open_kept {
  uint16_t kind, flags;
  uint8_t key[KEY_SIZE];
  uint32_t kept;
  uint16_t cols, rows;
  uint32_t memo;
} __attribute__((packed));

/* OPEN of PROCESS_CONTROL: the stream of a kept process again, on a new connection. OPENED, PLACE and CREDIT of IN follow. */
struct open_control {
  uint16_t kind, zero;
  uint8_t key[KEY_SIZE];
} __attribute__((packed));

enum output_flags { HOLD = 1 }; /* the process waits for this reader, but no longer than HOLD_MS at a time */

/*
 * OPEN of PROCESS_OUTPUT: OPENED and PLACE, then the output on OUT and ERR from that place on; PLACE again where some
 * is not kept any more; CLOSED with the process's own end. An offset ahead of all output is refused with EINVAL.
 */
struct open_output {
  uint16_t kind, flags;
  uint8_t key[KEY_SIZE];
  uint32_t window; /* first credit of OUT and of ERR */
  uint64_t offset;
} __attribute__((packed));

/* OPEN of PROCESS_LIST has the kind alone: OPENED, one DATA on OUT with all, each followed by its memo; CLOSED. */
struct kept_entry {
  uint8_t key[KEY_SIZE];
  uint32_t pid;
  uint8_t has_ended, has_terminal, input_is_open, zero;
  uint16_t cols, rows;
  uint32_t kept, memo;
  uint64_t first, next, input; /* offsets: output that is kept, output in all, input in all */
  struct {
    uint32_t code, signal, flags, zero;
    uint64_t duration_us;
  } __attribute__((packed)) end;
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
