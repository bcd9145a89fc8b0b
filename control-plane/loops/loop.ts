import type { Context } from '../context.ts';
import type { Topic } from '../events/index.ts';

/** Work that a replica repeats by itself: one idempotent function that compares wanted and actual and can die at any line. */
export interface Loop {
  /** `hosts.liveness`: the feature and what it does. Also names the lock of a singleton. */
  readonly name: string;
  /** The longest time between two runs, in milliseconds. */
  readonly everyMs: number;
  /** Changes that wake it before its time. */
  readonly wakeOn?: readonly Topic[];
  /** Whether only one replica at a time may run it. Another one takes over when that replica goes. */
  readonly singleton: boolean;
  /** `context.caller` is the system; `context.signal` ends with the replica, and for singletons with the lock. Its result is shown. */
  run(context: Context): Promise<unknown>;
  /** Told, also where another replica has the turn, when this one could not reach its database or stood still: before the run that follows. */
  cutOff?(): void;
}

/** What a loop last did, for operators and tests. */
export interface LoopStatus {
  readonly name: string;
  /** Runs that ended, well or not. */
  readonly runs: number;
  readonly running: boolean;
  /** False for a singleton whose turn another replica has. */
  readonly ours: boolean;
  readonly lastResult: unknown;
  /** Undefined when the last run ended well. */
  readonly lastError: unknown;
}
