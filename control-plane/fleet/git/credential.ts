import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from './branches.ts';

/** What a private repository is fetched with. */
export type Credential =
  | { readonly kind: 'token'; readonly username: string; readonly token: string }
  | { readonly kind: 'ssh_key'; readonly privateKey: string; readonly knownHosts: string };

/** Lets git use a credential during the work. It stands in git's environment and in private files, never in arguments. */
export async function withCredential<T>(
  source: Source,
  credential: Credential | undefined,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  if (!credential) return work(source);
  if (credential.kind === 'token')
    return work({ ...source, environment: tokenEnvironment(source.address, credential) });
  const folder = await mkdtemp(join(tmpdir(), 'muster-key-'));
  try {
    const [key, hosts] = [join(folder, 'key'), join(folder, 'known_hosts')];
    // ssh takes no key without a line break at its end.
    await writeFile(key, `${credential.privateKey.trimEnd().replaceAll('\r\n', '\n')}\n`, { mode: 0o600 });
    await writeFile(hosts, `${credential.knownHosts.trimEnd()}\n`, { mode: 0o600 });
    return await work({ ...source, environment: sshEnvironment(key, hosts) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** For this address alone, and not where it redirects to. */
function tokenEnvironment(address: string, { username, token }: Credential & { kind: 'token' }): NodeJS.ProcessEnv {
  const basic = Buffer.from(`${username || 'muster'}:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `http.${address}.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    GIT_CONFIG_KEY_1: 'http.followRedirects',
    GIT_CONFIG_VALUE_1: 'false',
  };
}

function sshEnvironment(key: string, hosts: string): NodeJS.ProcessEnv {
  const options = {
    BatchMode: 'yes',
    ConnectTimeout: '10',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: hosts,
    GlobalKnownHostsFile: '/dev/null',
  };
  const words = Object.entries(options).map(([name, value]) => `-o ${name}=${value}`);
  return { GIT_SSH_COMMAND: `ssh -F none -i ${key} ${words.join(' ')}` };
}
