import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { repositoryRoot, startCommand } from './process.ts';
import { replaced } from './replaced.ts';

export interface Nginx {
  readonly url: string;
  stop(): Promise<void>;
}

interface NginxOptions {
  readonly port: number;
  /** The control plane, and the sign-in service behind `auth_request`. */
  readonly serverUrl: string;
  readonly signInUrl: string;
  readonly secret: string;
}

/** Runs Debian's nginx with the configuration that docs/access.md shows; only addresses and TLS are the test's. */
export async function startNginx({ port, serverUrl, signInUrl, secret }: NginxOptions): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-test-nginx-'));
  const shown = /```nginx\n([\s\S]*?)```/.exec(await readFile(join(repositoryRoot, 'docs', 'access.md'), 'utf8'));
  if (!shown) throw new Error('docs/access.md shows no nginx configuration');
  const secretFile = join(directory, 'secret.conf');
  await writeFile(secretFile, `proxy_set_header X-OpenSandbox-Proxy-Secret "${secret}";\n`);
  const site = replaced('docs/access.md', shown[1]!, [
    ['listen 443 ssl;', `listen 127.0.0.1:${port};`],
    [/ +ssl_certificate(_key)? .*\n/g, ''],
    ['/etc/nginx/muster-secret.conf', secretFile],
    [/http:\/\/127\.0\.0\.1:7080/g, serverUrl],
    [/http:\/\/127\.0\.0\.1:4180/g, signInUrl],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  const configuration = join(directory, 'nginx.conf');
  await writeFile(
    configuration,
    `daemon off; pid ${join(directory, 'pid')}; events {} http { access_log off; ${temporary.join(' ')}\n${site}}\n`,
  );
  const running = startCommand('nginx', '/usr/sbin/nginx', ['-e', 'stderr', '-p', directory, '-c', configuration]);
  const url = `http://127.0.0.1:${port}`;
  await eventually(`nginx serves: ${running.output()}`, async () => (await fetch(`${url}/healthz`)).ok);
  return {
    url,
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true });
    },
  };
}
