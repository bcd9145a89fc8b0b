import { generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { keyFingerprint, privateKeyFrom, rawPublicKey } from '#contract/statements.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { newId, type Pool } from '../database/index.ts';
import { StartupError } from '../errors.ts';
import { makeMasterKey, masterKeyFile, readMasterKey } from './master-key.ts';
import { adoptNextMasterKey, readNextMasterKey } from './next-master-key.ts';
import { sealerOf, type Sealer } from './seal.ts';
import { keepSigningKeys } from './signing-keys.ts';
import { findInstallation, insertInstallation, type InstallationRow } from './store.ts';
import { tokenSigner } from './tokens.ts';
import type { Installation } from './types.ts';

/** What the installation's own key is sealed under. */
export const privateKeyName = 'installation-key';

/**
 * Opens the installation that the database holds, or founds it at the very first start. Two replicas that start at once
 * found one. Throws a StartupError when the master key is missing or belongs to another database; nothing is changed then.
 */
export async function openInstallation(pool: Pool, config: Config, clock: Clock): Promise<Installation> {
  const row = (await findInstallation(pool)) ?? (await found(pool, config));
  const sealer = await ownSealer(row, config);
  const installation: Installation = {
    id: row.id,
    publicKey: row.publicKey,
    fingerprint: keyFingerprint(row.publicKey),
    privateKey: privateKeyFrom(sealer.unseal(privateKeyName, row.sealedPrivateKey).toString()),
    seal: sealer.seal,
    unseal: sealer.unseal,
    mac: sealer.mac,
    tokens: tokenSigner(pool, row.id, sealer, clock),
  };
  await keepSigningKeys(pool, installation);
  return installation;
}

async function found(pool: Pool, config: Config): Promise<InstallationRow> {
  const sealer = sealerOf((await readMasterKey(config)) ?? (await makeMasterKey(config)));
  const id = newId('inst');
  const { privateKey } = generateKeyPairSync('ed25519');
  await insertInstallation(pool, {
    id,
    publicKey: rawPublicKey(privateKey),
    sealedPrivateKey: sealer.seal(privateKeyName, Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }))),
    masterKeyCheck: sealer.check(id),
  });
  const row = await findInstallation(pool);
  if (!row) throw new StartupError('The installation vanished from the database while it was made: start again.');
  return row;
}

function missingKey(config: Config): never {
  throw new StartupError(
    `This database belongs to an installation whose master key is missing: set MUSTER_MASTER_KEY or restore ${masterKeyFile(config)}.`,
  );
}

/** With the key that belongs to the database. One whose rotation was stopped between database and file takes its place now. */
async function ownSealer(row: InstallationRow, config: Config): Promise<Sealer> {
  const sealer = sealerOf((await readMasterKey(config)) ?? missingKey(config));
  if (belongs(row, sealer)) return sealer;
  const next = config.masterKey ? undefined : await readNextMasterKey(config);
  if (next && belongs(row, sealerOf(next))) {
    await adoptNextMasterKey(config);
    return sealerOf(next);
  }
  const source = config.masterKey ? 'MUSTER_MASTER_KEY' : masterKeyFile(config);
  throw new StartupError(
    `The master key in ${source} does not belong to this database: use the key or the database that belong together.`,
  );
}

function belongs({ id, masterKeyCheck }: InstallationRow, sealer: Sealer): boolean {
  const check = sealer.check(id);
  return check.length === masterKeyCheck.length && timingSafeEqual(check, masterKeyCheck);
}
