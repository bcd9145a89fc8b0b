import type { HistoryInterval } from '#proto/muster/v1/fleet_pb.js';
import { toMs } from '../live/server-time.ts';

/** A part of the bar, in percent of its width; gaps are where there is none. */
export interface SparkPart {
  readonly left: number;
  readonly width: number;
  /** Another number for another commit than the one before. */
  readonly turn: number;
}

/** The intervals, newest first, as parts of a bar to now: from the first of them, or from the moment that is named. */
export function sparkOf(intervals: readonly HistoryInterval[], nowMs: number, fromMs?: number): SparkPart[] {
  const oldestFirst = intervals.toReversed();
  const beginMs = fromMs ?? toMs(oldestFirst[0]?.from) ?? nowMs;
  const share = (ms: number) => Math.min(100, Math.max(0, ((ms - beginMs) / Math.max(1, nowMs - beginMs)) * 100));
  let turn = 0;
  return oldestFirst.map((interval, at) => {
    const before = oldestFirst[at - 1];
    if (before && before.running?.sha !== interval.running?.sha) turn += 1;
    const left = share(toMs(interval.from) ?? beginMs);
    return { left, width: share(toMs(interval.to) ?? nowMs) - left, turn };
  });
}
