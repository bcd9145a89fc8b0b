import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';

/** A real registry on loopback, which wants a password, with one image in it. */
export interface Registry {
  /** `127.0.0.1:PORT/greeting:1`. */
  readonly image: string;
  readonly username: string;
  readonly password: string;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

const username = 'puller';
const password = 'a registry password';

/** Starts it, and pushes an image that is made of this root. Debian's `docker-registry`, `skopeo` and `umoci`. */
export async function startRegistry(root: string): Promise<Registry> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-registry-'));
  const port = await freePort();
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(directory, 'data') } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: 'registry', path: join(directory, 'users') } },
  };
  writeFileSync(join(directory, 'users'), `${username}:${bcryptOf(password)}\n`);
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  const server = spawn('docker-registry', ['serve', join(directory, 'config.json')], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const ended = new Promise((resolve) => server.once('close', resolve));
  const image = `127.0.0.1:${port}/greeting:1`;
  try {
    await eventually('the registry answers', async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).status === 401);
    push(directory, root, image);
  } catch (error) {
    server.kill();
    throw error;
  }
  return {
    image,
    username,
    password,
    signal: (signal) => void server.kill(signal),
    async stop() {
      server.kill();
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

/** As `htpasswd -B` would say it. */
const bcryptOf = (text: string): string =>
  execFileSync('perl', ['-e', 'print crypt($ARGV[0], q($2y$05$abcdefghijklmnopqrstuv))', text], { encoding: 'utf8' });

function push(directory: string, root: string, image: string): void {
  const layout = join(directory, 'image');
  execFileSync('umoci', ['init', '--layout', layout]);
  execFileSync('umoci', ['new', '--image', `${layout}:1`]);
  execFileSync('umoci', ['insert', '--image', `${layout}:1`, root, '/']);
  const from = `oci:${layout}:1`;
  const to = ['--dest-tls-verify=false', `--dest-creds=${username}:${password}`, from, `docker://${image}`];
  execFileSync('skopeo', ['--insecure-policy', 'copy', ...to], { stdio: 'pipe' });
}
