import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { repositoryRoot, startCommand } from './process.ts';
import { replaced } from './replaced.ts';

/** The proxies that docs/examples/machines configures. */
export type ProxyKind = 'nginx' | 'Caddy';

interface ProxyOptions {
  readonly port: number;
  /** `127.0.0.1:…` of the two replicas. */
  readonly upstreams: readonly [one: string, other: string];
  /** Files, in PEM form. */
  readonly cert: string;
  readonly key: string;
}

/** Runs Debian's own proxy with the very file of the docs; only names, addresses and the certificate are the test's. */
export async function startMachineProxy(
  kind: ProxyKind,
  options: ProxyOptions,
): Promise<{ readonly url: string; output(): string; stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-test-proxy-'));
  const running = kind === 'nginx' ? startNginx(directory, options) : startCaddy(directory, options);
  const url = `https://localhost:${options.port}`;
  const stop = async () => {
    await running.stop();
    rmSync(directory, { recursive: true });
  };
  try {
    await eventually(`${kind} serves`, async () => (await fetch(`${url}/healthz`)).ok);
  } catch (error) {
    await stop();
    throw new Error(`${kind} does not serve: ${running.output()}`, { cause: error });
  }
  return { url, output: () => running.output(), stop };
}

function startNginx(directory: string, { port, upstreams: [one, other], cert, key }: ProxyOptions) {
  const site = changed('nginx.conf', [
    ['10.0.0.11:7080', one],
    ['10.0.0.12:7080', other],
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['muster.example.com', 'localhost'],
    ['/etc/nginx/muster.crt', cert],
    ['/etc/nginx/muster.key', key],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  const file = join(directory, 'nginx.conf');
  const around = `daemon off; pid ${join(directory, 'pid')}; events {}`;
  writeFileSync(file, `${around} http { access_log off; ${temporary.join(' ')}\n${site}}\n`);
  return startCommand('nginx', '/usr/sbin/nginx', ['-e', 'stderr', '-p', directory, '-c', file]);
}

function startCaddy(directory: string, { port, upstreams: [one, other], cert, key }: ProxyOptions) {
  const site = changed('Caddyfile', [
    ['10.0.0.11:7080', one],
    ['10.0.0.12:7080', other],
    ['muster.example.com {', `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${cert} ${key}`],
  ]);
  const file = join(directory, 'Caddyfile');
  writeFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n\tgrace_period 1s\n}\n${site}`);
  const environment = { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
  return startCommand('Caddy', 'caddy', ['run', '--adapter', 'caddyfile', '--config', file], { environment });
}

const changed = (name: string, changes: Parameters<typeof replaced>[2]) => {
  const source = join('docs', 'examples', 'machines', name);
  return replaced(source, readFileSync(join(repositoryRoot, source), 'utf8'), changes);
};
