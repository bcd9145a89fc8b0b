import { ComponentState, type FleetComponent } from '#proto/muster/v1/fleet_pb.js';
import { toMs } from '../live/server-time.ts';

/** A report older than this proves nothing; the server's own limit. */
export const staleAfterMs = 90_000;

/**
 * A component's state as it may be shown at this moment. The server says when a report is stale; should that word
 * be late, what the page shows turns stale by itself rather than stay green.
 */
export function stateNow(component: FleetComponent, nowMs: number): ComponentState {
  const reportedMs = toMs(component.reportedAt);
  const tooOld = reportedMs === undefined || nowMs - reportedMs > staleAfterMs;
  return component.state === ComponentState.CURRENT && tooOld ? ComponentState.STALE : component.state;
}
