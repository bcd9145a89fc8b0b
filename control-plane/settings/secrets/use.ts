import { Secret } from '#contract/secret.ts';
import type { Context } from '../../context.ts';
import { sealName } from './keep.ts';
import { readSealed, writeUse, type SealedSecret } from './store.ts';

/** A secret for one use, now: whoever uses one reads it each time and keeps it no longer than that. */
export interface UsableSecret {
  readonly name: string;
  readonly version: number;
  readonly value: Secret;
}

/** Undefined where it is not set, or cannot be opened, which its state says then. Say with `noteUse` how the use went. */
export async function readSecret(
  context: Pick<Context, 'sql' | 'installation' | 'log'>,
  name: string,
): Promise<UsableSecret | undefined> {
  const kept = await readSealed(context.sql, name);
  if (!kept) return undefined;
  const { version, sealed } = kept;
  try {
    const value = new Secret(context.installation.unseal(sealName(name, version), sealed).toString());
    return { name, version, value };
  } catch (error) {
    context.log.error({ err: error, secret: name }, 'a secret cannot be unsealed');
    await noteUse(context, kept, 'It cannot be opened with the master key of this server: enter it anew.');
    return undefined;
  }
}

/** Notes that a secret was used, and what that met: a sentence of ours, or nothing where it worked. */
export async function noteUse(
  { sql }: Pick<Context, 'sql'>,
  secret: Pick<SealedSecret, 'name' | 'version'>,
  error = '',
): Promise<void> {
  await writeUse(sql, secret, error);
}
