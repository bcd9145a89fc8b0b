import { randomBytes } from 'node:crypto';
import { link, rename, rm, writeFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { wrongState } from '../errors.ts';
import { masterKeyFile, readKeyFile } from './master-key.ts';

type Source = Pick<Config, 'masterKey' | 'newMasterKey' | 'dataDir'>;

const nextFile = (source: Source) => `${masterKeyFile(source)}.next`;
const previousFile = (source: Source) => `${masterKeyFile(source)}.previous`;

/** The master key that comes next, and how it takes the place of the present one, which is told to the person. */
export interface NextMasterKey {
  readonly key: Buffer;
  readonly adopt: () => Promise<string>;
}

/** From the environment where the present one is; else made in a file beside it, so that it is never lost. */
export async function prepareMasterKey(source: Source): Promise<NextMasterKey> {
  if (source.masterKey) {
    if (!source.newMasterKey)
      throw wrongState(
        'MUSTER_MASTER_KEY comes from the environment, and MUSTER_NEW_MASTER_KEY is not set.',
        'Set it to 64 hex digits (openssl rand -hex 32), and keep them.',
      );
    const adopt = async () =>
      'Set MUSTER_MASTER_KEY to what MUSTER_NEW_MASTER_KEY is now, everywhere, before you start.';
    return { key: Buffer.from(source.newMasterKey.reveal(), 'hex'), adopt };
  }
  const path = nextFile(source);
  if ((await readKeyFile(path)) === undefined)
    await writeFile(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  const key = await readKeyFile(path);
  if (!key) throw wrongState(`${path} vanished while it was made.`, 'Repeat.');
  const adopt = async () => {
    await adoptNextMasterKey(source);
    return `The new key stands in ${masterKeyFile(source)}: other replicas need it. ${previousFile(source)} opens backups from before; keep it with them, and nowhere else.`;
  };
  return { key, adopt };
}

/** The key of a rotation that has not come to its end; undefined where there is none. */
export const readNextMasterKey = (source: Source): Promise<Buffer | undefined> => readKeyFile(nextFile(source));

/** Puts the next key in the place of the present one, and keeps that beside it. Can be repeated from wherever it was stopped. */
export async function adoptNextMasterKey(source: Source): Promise<void> {
  const [present, previous] = [masterKeyFile(source), previousFile(source)];
  await rm(previous, { force: true });
  await link(present, previous);
  await rename(nextFile(source), present);
}
