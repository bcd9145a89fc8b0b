import { CreateJoinTokenResponseSchema } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { hostIdOf } from './find.ts';
import { sayJoin } from './say-join.ts';

/** Options of `muster hosts join-token`. */
export interface JoinTokenOptions extends SessionOptions {
  readonly lifetime?: { readonly seconds: bigint };
}

/** Makes a new join token for a host and prints its join command, once. */
export async function createJoinToken(
  session: Session,
  nameOrId: string,
  { lifetime }: JoinTokenOptions,
): Promise<void> {
  const answer = await session.hosts.createJoinToken({ hostId: await hostIdOf(session, nameOrId), lifetime });
  if (session.json || !answer.joinToken) return printJson(session.stdout, CreateJoinTokenResponseSchema, answer);
  session.stderr.write(`Older tokens of ${nameOrId} have ended.\n`);
  sayJoin(session, answer.joinToken);
}
