import { partMsOf, untilAtMost, usedAt, type UseWindow } from './use-window.ts';

/** How often something may be done. */
export interface Limit {
  readonly what: string;
  readonly most: number;
  readonly windowMs: number;
  /**
   * Whether `most` may come at once, and room comes back bit by bit, `most` of it within the window; else there are never
   * more than `most` in any window.
   */
  readonly drains: boolean;
}

/** What one caller has used, as this replica knows it. Times are in milliseconds of its own clock. */
export interface Count {
  readonly limit: Limit;
  /** On all replicas, as the database last said: the uses of a window, or when what drains will be empty. */
  known: UseWindow | { readonly emptyAt: number };
  /** Here, since then. */
  unsettled: number;
}

/** What the database tells of a key. */
export type Told =
  | { readonly counts: readonly number[]; readonly intoPartMs: number }
  | { readonly remainingMs: number };

export const freshCount = (limit: Limit, now: number): Count => ({ limit, known: { emptyAt: now }, unsettled: 0 });

/** How long one use takes to drain away. */
export const drainMs = ({ windowMs, most }: Limit): number => windowMs / most;

/** What the database says of a key, in this replica's time. */
export const knownFrom = ({ windowMs }: Limit, told: Told, now: number): Count['known'] =>
  'counts' in told
    ? { counts: told.counts, partMs: partMsOf(windowMs), beganAt: now - told.intoPartMs }
    : { emptyAt: now + told.remainingMs };

/** How long until there is room for one more; 0 where there is. */
export function waitMs({ limit, known, unsettled }: Count, now: number): number {
  if ('counts' in known) {
    const most = limit.most - unsettled - 1;
    return most < 0 ? limit.windowMs : untilAtMost(known, most, now);
  }
  if (!limit.drains) return unsettled < limit.most ? 0 : limit.windowMs;
  const over = Math.max(0, known.emptyAt - now) / drainMs(limit) + unsettled + 1 - limit.most;
  return Math.max(0, over) * drainMs(limit);
}

/** Whether nothing is left that the database would not tell anew. */
export const isEmpty = ({ known, unsettled }: Count, now: number): boolean =>
  unsettled === 0 && ('counts' in known ? usedAt(known, now) === 0 : known.emptyAt <= now);
