import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';

/** What is kept of a sign-in at one control plane. */
export interface Credential {
  readonly token: string;
  /** Where it is known. */
  readonly expiresAt?: string;
  /** Whether the sign-in has a session of its own, which ends with `muster logout`. */
  readonly ownSession: boolean;
}

interface CredentialFile {
  readonly version: 1;
  readonly servers: Readonly<Record<string, Credential>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `~/.config/muster/credentials.json`, or where XDG_CONFIG_HOME says. */
export function credentialPath(environment: Environment): string {
  return join(
    environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config'),
    'muster',
    'credentials.json',
  );
}

/** The credential for a control plane. */
export async function readCredential(environment: Environment, server: string): Promise<Credential | undefined> {
  return (await readAll(credentialPath(environment))).servers[server];
}

/** Keeps a credential, or forgets it. Only the user may read the file. */
export async function keepCredential(
  environment: Environment,
  server: string,
  credential: Credential | undefined,
): Promise<void> {
  const path = credentialPath(environment);
  const { [server]: _, ...others } = (await readAll(path)).servers;
  const next: CredentialFile = { version: 1, servers: credential ? { ...others, [server]: credential } : others };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${process.pid}`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(next, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

async function readAll(path: string): Promise<CredentialFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { version: 1, servers: {} };
    throw new CliError(`${path} cannot be read. Check its owner, or set MUSTER_TOKEN.`, exitCodes.failure, { cause });
  }
  try {
    return JSON.parse(text) as CredentialFile; // only we write it
  } catch (cause) {
    throw new CliError(`${path} is damaged. Remove it and run muster login again.`, exitCodes.failure, { cause });
  }
}
