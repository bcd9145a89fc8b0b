import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import type { WatchFleetResponse } from '#proto/muster/v1/fleet_pb.js';
import { withoutDeadline, type Session } from '../session/session.ts';

const firstWaitMs = 500;
const longestWaitMs = 10_000;

/** The fleet's changes, also across restarts of the control plane: every new stream begins with the whole. */
export async function* followFleet(session: Session, repository: string): AsyncGenerator<WatchFleetResponse> {
  let waitMs = 0;
  for (;;) {
    try {
      for await (const response of session.fleet.watchFleet({ repository }, withoutDeadline)) {
        waitMs = firstWaitMs;
        yield response;
      }
    } catch (error) {
      // Where nothing was ever heard, the address is more likely wrong than the server away.
      const { code } = ConnectError.from(error);
      // Aborted: what the caller may see has changed, and the next stream shows it.
      if (waitMs === 0 || (code !== Code.Unavailable && code !== Code.Aborted)) throw error;
    }
    session.stderr.write('The control plane is away; trying again …\n');
    await delay(waitMs, undefined, { signal: session.signal });
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}
