import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { conflict, StartupError, wrongState } from '../errors.ts';
import { lockMasterKey } from './in-use.ts';
import { prepareMasterKey } from './next-master-key.ts';
import { privateKeyName } from './open.ts';
import { sealerOf, type Sealer } from './seal.ts';
import { sealName } from './signing-keys.ts';
import { findInstallation, lockSealedSigningKeys, resealInstallation, resealSigningKey } from './store.ts';

/** Takes what is sealed from the present master key to the new one. */
export interface NewSeal {
  /** What was sealed under this name, sealed anew. */
  readonly reseal: (name: string, sealed: Uint8Array) => Buffer;
  readonly unseal: Sealer['unseal'];
  readonly mac: Sealer['mac'];
}

/** Seals what a feature keeps anew. Answers how much that was. */
export type Resealing = (sql: Sql, seal: NewSeal) => Promise<number>;

/**
 * Gives the installation another master key: everything that is sealed is sealed anew, all of it or nothing. No replica
 * may run meanwhile: it would go on with the key that it began with. Links to ports that were signed before end with it.
 */
export async function rotateMasterKey(
  context: Context,
  parts: Readonly<Record<string, Resealing>>,
): Promise<{ readonly resealed: Readonly<Record<string, number>>; readonly next: string }> {
  const { installation, config } = context;
  const { key, adopt } = await prepareMasterKey(config);
  const sealer = sealerOf(key);
  const unseal: Sealer['unseal'] = (name, sealed) => {
    try {
      return installation.unseal(name, sealed);
    } catch (cause) {
      throw new StartupError(`${name} does not open with the present master key: enter it anew or remove it first.`, {
        cause,
      });
    }
  };
  const seal: NewSeal = {
    unseal,
    reseal: (name, sealed) => sealer.seal(name, unseal(name, sealed)),
    mac: (purpose, text) => sealer.mac(purpose, text),
  };
  const resealed = await context.transaction(async (sql) => {
    if (!(await lockMasterKey(sql)))
      throw wrongState('A control plane runs on this database.', 'Stop all of them, then repeat.');
    const counts: Record<string, number> = { 'signing keys': await resealOwn(sql, context, sealer, seal) };
    for (const [name, part] of Object.entries(parts)) counts[name] = await part(sql, seal);
    await recordAudit(sql, context, { action: 'master_key.rotate', target: installation.id, after: counts });
    return counts;
  });
  return { resealed, next: await adopt() };
}

async function resealOwn(sql: Sql, { installation }: Context, sealer: Sealer, { reseal }: NewSeal): Promise<number> {
  const row = await findInstallation(sql);
  if (!row) throw conflict('The installation is gone.');
  await resealInstallation(sql, {
    sealedPrivateKey: reseal(privateKeyName, row.sealedPrivateKey),
    masterKeyCheck: sealer.check(installation.id),
  });
  const keys = await lockSealedSigningKeys(sql);
  for (const { kid, sealedPrivateKey } of keys)
    await resealSigningKey(sql, kid, reseal(sealName(kid), sealedPrivateKey));
  return keys.length;
}
