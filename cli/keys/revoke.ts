import { RevokeApiKeyResponseSchema, TakeOverApiKeyResponseSchema } from '#proto/muster/v1/api_key_pb.js';
import { dryRunOf, type MutationOptions } from '../mutation/confirm.ts';
import { printJson } from '../output/json.ts';
import type { Session } from '../session/session.ts';
import { keyIdOf, type OwnerOptions } from './find.ts';

/** Options of commands that change a key. */
export type ChangeOptions = OwnerOptions & MutationOptions;

/** Ends a key. */
export async function revokeKey(session: Session, nameOrId: string, options: ChangeOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const answer = await session.keys.revokeApiKey({ keyId: await keyIdOf(session, nameOrId, options), dryRun });
  if (session.json) return printJson(session.stdout, RevokeApiKeyResponseSchema, answer);
  session.stdout.write(`${answer.key?.name} (${answer.key?.id}) ${dryRun ? 'would be' : 'is'} revoked.\n`);
}

/** Makes the caller the maker of a key whose maker is gone. */
export async function takeOverKey(session: Session, nameOrId: string, options: ChangeOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const answer = await session.keys.takeOverApiKey({ keyId: await keyIdOf(session, nameOrId, options), dryRun });
  if (session.json) return printJson(session.stdout, TakeOverApiKeyResponseSchema, answer);
  session.stdout.write(`${answer.key?.name} (${answer.key?.id}) ${dryRun ? 'would work' : 'works'} by your rights.\n`);
  if (!dryRun) session.stderr.write('Who made it may know its secret: muster keys rotate gives it a new one.\n');
}
