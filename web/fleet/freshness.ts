import { durationMs } from '@bufbuild/protobuf/wkt';
import { createContext } from 'react';
import { ComponentState, type FleetComponent, type FleetSummary } from '#proto/muster/v1/fleet_pb.js';
import { toMs } from '../live/server-time.ts';

const usualStaleAfterMs = 90_000;

/** A report older than this many milliseconds proves nothing: the server's own limit. */
export const StaleAfter = createContext(usualStaleAfterMs);

/** The limit of the server that has sent this. */
export const staleAfterMs = (summary: FleetSummary | undefined): number =>
  summary?.staleAfter ? durationMs(summary.staleAfter) : usualStaleAfterMs;

/**
 * A component's state as it may be shown at this moment. The server says when a report is stale; should that word
 * be late, what the page shows turns stale by itself rather than stay green.
 */
export function stateNow(component: FleetComponent, nowMs: number, limitMs: number): ComponentState {
  const reportedMs = toMs(component.reportedAt);
  const tooOld = reportedMs === undefined || nowMs - reportedMs > limitMs;
  return component.state === ComponentState.CURRENT && tooOld ? ComponentState.STALE : component.state;
}
