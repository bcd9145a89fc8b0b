/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** A process to start that outlives its caller. */
export interface StartSpec {
  /** May be empty with a terminal: the user's own shell then. */
  readonly argv: readonly string[];
  /** Added to the sandbox's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The user's home where empty. */
  readonly cwd: string;
  /** By name or number; root of the sandbox where empty. */
  readonly user: string;
  readonly timeoutMs: number | undefined;
  readonly terminal: TerminalSize | undefined;
  /** Whether it has a standard input; with a terminal it always has. */
  readonly stdin: boolean;
  readonly name: string;
  /** Makes the call repeatable; not, where empty. */
  readonly requestId: string;
}

/** How a process ended. */
export interface ProcessExit {
  /** 128 + n where signal n ended it. */
  readonly code: number;
  /** `SIGKILL`; empty where it exited. */
  readonly signal: string;
  readonly timedOut: boolean;
  readonly durationMs: number;
}

/** A process as its host sees it. */
export interface ProcessView {
  readonly id: string;
  /** Inside the sandbox. */
  readonly pid: number;
  /** Cut where it is long. */
  readonly argv: readonly string[];
  readonly name: string;
  readonly user: string;
  readonly cwd: string;
  readonly terminal: TerminalSize | undefined;
  /** Whether it outlives its caller. */
  readonly detached: boolean;
  readonly startedAt: Date;
  /** Undefined while it runs. */
  readonly exit: ProcessExit | undefined;
  /** Bytes of output: written in all, and where what is kept begins. */
  readonly outputOffset: number;
  readonly oldestOffset: number;
  /** Bytes of output that are kept at most. */
  readonly keptBytes: number;
  /** Bytes of input taken in all. */
  readonly inputOffset: number;
  readonly inputOpen: boolean;
}

/** What a reader of a process sees: `attached` first, `exit` last. */
export type AttachEvent =
  | { readonly type: 'attached'; readonly process: ProcessView }
  | {
      readonly type: 'output';
      readonly offset: number;
      readonly stream: 'stdout' | 'stderr';
      readonly data: Uint8Array;
    }
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  | { readonly type: 'exit'; readonly exit: ProcessExit };

/** Why a call on a process was refused. */
export type ProcessErrorReason = 'no_process' | 'wrong_state' | 'out_of_range' | 'limit' | 'lost';

/** A refusal with its reason; the message tells the user what to do next. */
export class ProcessError extends Error {
  override readonly name = 'ProcessError';
  readonly reason: ProcessErrorReason;
  readonly field: string;

  constructor(reason: ProcessErrorReason, message: string, options: ErrorOptions & { readonly field?: string } = {}) {
    super(message, options);
    this.reason = reason;
    this.field = options.field ?? '';
  }
}
