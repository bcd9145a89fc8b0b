import { DeleteHostResponseSchema } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import { sayCount } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { hostIdOf } from './find.ts';

/** Options of `muster hosts delete`. */
export interface DeleteOptions extends SessionOptions {
  readonly force?: boolean;
}

/** Deletes a host. */
export async function deleteHost(session: Session, nameOrId: string, { force = false }: DeleteOptions): Promise<void> {
  const answer = await session.hosts.deleteHost({ hostId: await hostIdOf(session, nameOrId), force });
  if (session.json) return printJson(session.stdout, DeleteHostResponseSchema, answer);
  const { destroyedSandboxes } = answer;
  const sandboxes = destroyedSandboxes > 0 ? `, and ${sayCount(destroyedSandboxes, 'sandbox')} with it` : '';
  session.stdout.write(`${nameOrId} is deleted${sandboxes}.\n`);
}
