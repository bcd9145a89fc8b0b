import type { Logger } from './log.ts';

/** The first argument of everything that waits or logs. */
export interface Context {
  readonly log: Logger;
  /** Aborted when the agent stops; every wait ends then. */
  readonly signal: AbortSignal;
}
