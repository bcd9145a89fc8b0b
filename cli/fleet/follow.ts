import type { WatchFleetResponse } from '#proto/muster/v1/fleet_pb.js';
import { acrossBreaks } from '../session/across-breaks.ts';
import { withoutDeadline, type Session } from '../session/session.ts';

/** The fleet's changes, also across breaks: then it goes on where it was, or begins with the whole again. */
export async function* followFleet(session: Session, repository: string): AsyncGenerator<WatchFleetResponse> {
  let resumeToken = '';
  const open = () => session.fleet.watchFleet({ repository, resumeToken }, withoutDeadline);
  for await (const response of acrossBreaks(session, open)) {
    resumeToken = response.resumeToken || resumeToken;
    yield response;
  }
}
