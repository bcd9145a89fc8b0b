import { UnlockHostResponseSchema } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { hostIdOf } from './find.ts';

/** Options of `muster hosts unlock`. */
export interface UnlockOptions extends SessionOptions {
  readonly reason: string;
}

/** Ends a host's quarantine. */
export async function unlockHost(session: Session, nameOrId: string, { reason }: UnlockOptions): Promise<void> {
  const answer = await session.hosts.unlockHost({ hostId: await hostIdOf(session, nameOrId), reason });
  if (session.json) return printJson(session.stdout, UnlockHostResponseSchema, answer);
  session.stdout.write(
    `${answer.host?.name} is unlocked: whoever has its newest credentials renews them, and it takes sandboxes again. If it is quarantined once more, the copy had them: make a join token (muster hosts join-token ${answer.host?.name}) and let the right machine join anew.\n`,
  );
}
