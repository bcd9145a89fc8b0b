import type { FleetStanding } from '#proto/muster/v1/fleet_pb.js';
import { toMs } from '../live/server-time.ts';
import { roughLength } from '../time/relative.ts';

/** How the fleet stood for a while: where it stands in the bar and how high, in percent. */
export interface TrendPart {
  readonly left: number;
  readonly width: number;
  readonly share: number;
}

/** What was written down so rarely has a gap in it: the control plane did not run. */
const gapMs = 2 * 3_600_000;

/** The standings, oldest first, as parts of a bar from the first of them to now. */
export function trendOf(standings: readonly FleetStanding[], nowMs: number): TrendPart[] {
  const known = standings.flatMap(({ at, currentHosts, totalHosts }) => {
    const atMs = toMs(at);
    return atMs === undefined || totalHosts === 0 ? [] : [{ atMs, share: (currentHosts / totalHosts) * 100 }];
  });
  const beginMs = known[0]?.atMs ?? nowMs;
  const place = (ms: number) => ((ms - beginMs) / Math.max(1, nowMs - beginMs)) * 100;
  return known.map(({ atMs, share }, at) => {
    const endMs = Math.min(known[at + 1]?.atMs ?? nowMs, atMs + gapMs, nowMs);
    return { left: place(atMs), width: Math.max(0, place(endMs) - place(atMs)), share };
  });
}

/** The same in words. Undefined where there is not enough to speak of. */
export function trendSentence(standings: readonly FleetStanding[], nowMs: number): string | undefined {
  const shares = trendOf(standings, nowMs).map(({ share }) => Math.floor(share));
  const beginMs = toMs(standings.find(({ totalHosts }) => totalHosts > 0)?.at);
  if (shares.length < 2 || beginMs === undefined) return undefined;
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const range = least === most ? `${least} %` : `${least} to ${most} %`;
  return `${range} of the machines were current in the last ${roughLength(nowMs - beginMs)}.`;
}
