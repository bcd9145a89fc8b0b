import { PublishHeadResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster repositories publish-head`. */
export interface PublishOptions extends SessionOptions {
  readonly after?: string;
  readonly forced?: boolean;
}

/** Tells where the branch of a published repository is now. */
export async function publishHead(
  session: Session,
  repository: string,
  sha: string,
  { after = '', forced = false }: PublishOptions,
): Promise<void> {
  const answer = await session.fleet.publishHead({ repository, sha, expectedSha: after, forced });
  if (session.json) return printJson(session.stdout, PublishHeadResponseSchema, answer);
  session.stdout.write(`${repository} is at ${sha}.\n`);
}
