import type { Report } from '../fleet/index.ts';
import type { Rollout, Update } from './rollout.ts';

/** The moment, by the database's clock, and what silence means at it. */
export interface Now {
  readonly at: Date;
  /** After how long a report is too old. */
  readonly staleAfterMs: number;
  /** Silence means nothing now, for it may have been ours: no time is up that a host had. */
  readonly inGrace: boolean;
}

export const isPast = (since: Date, ms: number, now: Now): boolean => now.at.getTime() - since.getTime() > ms;

/** Whether the time is up that somebody had who could have been heard. */
export const isOverdue = (since: Date, ms: number, now: Now): boolean => !now.inGrace && isPast(since, ms, now);

export const isFresh = (report: Report | undefined, now: Now): boolean =>
  report !== undefined && !isPast(report.reportedAt, now.staleAfterMs, now);

/** Whether the others go on without it. A connection that has just ended, with a replica or an agent, comes back at once. */
export const isAway = ({ batchBeganAt }: Rollout, { connected, answers }: Update, now: Now): boolean =>
  !connected && (!answers || isOverdue(batchBeganAt, now.staleAfterMs, now));

export const soakIsOver = ({ soakBeganAt, soakMs }: Rollout, now: Now): boolean =>
  soakBeganAt !== null && isOverdue(soakBeganAt, soakMs, now);
