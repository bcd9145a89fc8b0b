import { CordonHostResponseSchema, UncordonHostResponseSchema } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { hostIdOf } from './find.ts';

/** Options of `muster hosts cordon`. */
export interface CordonOptions extends SessionOptions {
  readonly reason: string;
}

/** Takes a host out of placement. */
export async function cordonHost(session: Session, nameOrId: string, { reason }: CordonOptions): Promise<void> {
  const answer = await session.hosts.cordonHost({ hostId: await hostIdOf(session, nameOrId), reason });
  if (session.json) return printJson(session.stdout, CordonHostResponseSchema, answer);
  session.stdout.write(`${answer.host?.name} takes no new sandboxes; those on it go on.\n`);
}

/** Puts a host back into placement. */
export async function uncordonHost(session: Session, nameOrId: string): Promise<void> {
  const answer = await session.hosts.uncordonHost({ hostId: await hostIdOf(session, nameOrId) });
  if (session.json) return printJson(session.stdout, UncordonHostResponseSchema, answer);
  session.stdout.write(`${answer.host?.name} takes sandboxes again.\n`);
}
