import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** A forge as far as ssh goes: OpenSSH's own server on this machine, which knows one key. */
export interface SshServer {
  /** `ssh://user@127.0.0.1:port`, in front of the absolute path of a repository. */
  readonly url: string;
  /** The key that may come in, and one that it does not know. */
  readonly key: string;
  readonly strangeKey: string;
  /** Its host key as a line of `known_hosts`, and a line that names another. */
  readonly knownHosts: string;
  readonly otherHosts: string;
  /** How many connections it has seen. */
  connections(): number;
  stop(): Promise<void>;
}

/**
 * Starts one whose files lie in a folder. With `authorizedKeys`, that file says who may come in, and it is as strict about
 * whose file that is as it is by default.
 */
export async function startSshServer(folder: string, authorizedKeys?: string): Promise<SshServer> {
  const makeKey = (name: string): string => {
    const path = join(folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
    return path;
  };
  const [host, otherHost, key, strange] = ['host', 'other-host', 'deploy', 'stranger'].map(makeKey) as [
    string,
    string,
    string,
    string,
  ]; // as many as names
  const port = await freePort();
  const authorized = authorizedKeys ?? join(folder, 'authorized_keys');
  if (authorizedKeys === undefined) writeFileSync(authorized, readFileSync(`${key}.pub`));
  const config = join(folder, 'sshd_config');
  writeFileSync(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${host}`,
      `AuthorizedKeysFile ${authorized}`,
      'AuthenticationMethods publickey',
      'PermitRootLogin prohibit-password',
      // It tells of each connection.
      'LogLevel VERBOSE',
      'PidFile none',
      `StrictModes ${authorizedKeys === undefined ? 'no' : 'yes'}`,
      'UsePAM no',
      '',
    ].join('\n'),
  );
  // Where it runs as root it insists on this folder, which its service would have made.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (part: Buffer) => void (said += part.toString()));
  await listening(child.stderr);
  const line = (path: string) => `[127.0.0.1]:${port} ${readFileSync(`${path}.pub`, 'utf8').trim()}`;
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    key: readFileSync(key, 'utf8'),
    strangeKey: readFileSync(strange, 'utf8'),
    knownHosts: line(host),
    otherHosts: line(otherHost),
    connections: () => said.split('Connection from').length - 1,
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

/** Waits for the word that it listens; throws what it said instead. */
function listening(stderr: NodeJS.ReadableStream): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    stderr.on('data', (part: Buffer) => {
      said += part.toString();
      if (said.includes('Server listening')) resolve();
    });
    stderr.on('end', () => reject(new Error(`sshd ended: ${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  server.close();
  await once(server, 'close');
  return port;
}
