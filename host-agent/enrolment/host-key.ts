import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateKeyFrom, rawPublicKey } from '#contract/statements.ts';
import { StartupError } from '../startup-error.ts';
import { writeAtomically } from './atomic-file.ts';

/** The key by which the installation knows this machine. It never leaves it. */
export interface HostKey {
  /** In the data directory; named after the key, so that a second enrolment does not overwrite the first one's. */
  readonly file: string;
  readonly privateKey: KeyObject;
  /** 32 bytes, Ed25519. */
  readonly publicKey: Buffer;
}

/** Makes a host key and stores it (PKCS#8 PEM, 0600). */
export async function makeHostKey(dataDir: string): Promise<HostKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = rawPublicKey(privateKey);
  const file = `host-key-${createHash('sha256').update(publicKey).digest('hex').slice(0, 8)}.pem`;
  await writeAtomically(join(dataDir, file), String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  return { file, privateKey, publicKey };
}

/** Reads a host key. Throws a StartupError when it is gone or damaged. */
export async function readHostKey(dataDir: string, file: string): Promise<HostKey> {
  try {
    const privateKey = privateKeyFrom(await readFile(join(dataDir, file), 'utf8'));
    return { file, privateKey, publicKey: rawPublicKey(privateKey) };
  } catch (error) {
    throw new StartupError(
      `The host key ${join(dataDir, file)} cannot be read. Restore it, or enrol this machine anew with a new join token and --rejoin.`,
      { cause: error },
    );
  }
}
