import type { Secret } from '#contract/secret.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../database/index.ts';
import type { Installation } from '../../installation/index.ts';
import { changedMeanwhile } from '../changed-meanwhile.ts';
import { deleteSecrets, lockSecret, readSecretStates, writeSecret, type SecretState } from './store.ts';

type Keeper = Pick<Context, 'installation' | 'caller'>;

/** What a sealed secret is bound to: moved to another name, or back in time, it does not open. */
export const sealName = (name: string, version: number): string => `secret:${name}:${version}`;

/** The same for the same value, as long as the master key is the same. Nobody without that key can try values against it. */
export const fingerprintOf = ({ mac }: Pick<Installation, 'mac'>, value: Secret): string =>
  mac('secret-fingerprint', value.reveal()).toString('hex').slice(0, 12);

/**
 * Keeps a secret, sealed under the master key; `undefined` clears it. With `ifVersion` only over the version that was
 * looked at (0: none yet): throws CONFLICT where somebody else was faster. Goes into the transaction of its audit row.
 */
export async function keepSecret(
  sql: Sql,
  { installation, caller }: Keeper,
  name: string,
  value: Secret | undefined,
  ifVersion?: number,
): Promise<SecretState> {
  const present = await lockSecret(sql, name, caller.actor);
  if (ifVersion !== undefined && ifVersion !== present) {
    const [state] = await readSecretStates(sql, [name]);
    throw changedMeanwhile(present, state?.updatedBy);
  }
  const version = present + 1;
  await writeSecret(
    sql,
    {
      name,
      version,
      sealed: value ? installation.seal(sealName(name, version), Buffer.from(value.reveal())) : null,
      fingerprint: value ? fingerprintOf(installation, value) : '',
    },
    caller.actor,
  );
  const [state] = await readSecretStates(sql, [name]);
  return state!; // written above
}

/** Forgets secrets whose things are gone for ever. */
export const forgetSecrets = (sql: Sql, names: readonly string[]) => deleteSecrets(sql, names);
