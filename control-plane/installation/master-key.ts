import { randomBytes } from 'node:crypto';
import { link, mkdir, open, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { StartupError } from '../errors.ts';

type KeySource = Pick<Config, 'masterKey' | 'dataDir'>;

/** The file that holds the master key where the environment does not. */
export const masterKeyFile = ({ dataDir }: KeySource) => join(dataDir, 'master.key');

/** The master key from the environment or the file; undefined where neither has one. Throws a StartupError for one that cannot be used. */
export async function readMasterKey(source: KeySource): Promise<Buffer | undefined> {
  if (source.masterKey) return Buffer.from(source.masterKey.reveal(), 'hex');
  return readKeyFile(masterKeyFile(source));
}

/** The master key that a file holds; undefined where there is none. Throws a StartupError for one that cannot be used. */
export async function readKeyFile(path: string): Promise<Buffer | undefined> {
  const text = await readPrivate(path);
  if (text === undefined) return undefined;
  if (!/^[0-9a-f]{64}\s*$/.test(text))
    throw new StartupError(`${path} does not hold a master key (64 hex digits): restore the file.`);
  return Buffer.from(text.trim(), 'hex');
}

/** Makes the file with a fresh key. Of two that do so at once, both answer the key of the one that was first. */
export async function makeMasterKey(source: KeySource): Promise<Buffer> {
  const path = masterKeyFile(source);
  await mkdir(source.dataDir, { recursive: true, mode: 0o700 });
  // Written whole beside it and linked into place: nobody ever reads half a key, and an existing file is never replaced.
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  const key = await readMasterKey(source);
  if (!key) throw new StartupError(`${path} vanished while it was made: start again.`);
  return key;
}

async function readPrivate(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).mode & 0o077)
      throw new StartupError(`${path} can be read by others than its owner: run chmod 600 ${path}.`);
    const file = await open(path);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    if (error instanceof StartupError) throw error;
    throw new StartupError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}

const isCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code;
