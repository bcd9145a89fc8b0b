import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Secret } from '#contract/secret.ts';
import { unpackArchive, type Bench } from '../layers/index.ts';
import { aptSources } from './apt-sources.ts';
import { missingBuilders } from './builders.ts';
import { rootHooks } from './root-hooks.ts';

/** What a template is built from. */
export type TemplateSource =
  | {
      readonly kind: 'oci';
      readonly reference: string;
      readonly username: string;
      readonly password: Secret;
      readonly insecure: boolean;
    }
  | { readonly kind: 'packages'; readonly packages: readonly string[] }
  | { readonly kind: 'tarball'; readonly chunks: AsyncIterable<Uint8Array> };

/** This machine lacks a program; the message says what to install. */
export class CannotBuild extends Error {
  override readonly name = 'CannotBuild';
}

type Tell = (message: string, percent: number) => void;

interface Workshop {
  /** A directory of its own, for what is small. */
  readonly work: string;
  /** Where it is built: no more fits than may be. */
  readonly bench: Bench;
  /** An empty directory to mount at. */
  readonly jail: string;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** Builds a root file system; answers its directory, somewhere at the bench. Throws CannotBuild, or the builder's last words. */
export async function buildRoot(source: TemplateSource, workshop: Workshop): Promise<string> {
  switch (source.kind) {
    case 'oci':
      return pullImage(source, workshop);
    case 'packages':
      return installPackages(source.packages, workshop);
    case 'tarball':
      return unpackTarball(source.chunks, workshop);
  }
}

async function pullImage(
  { reference, username, password, insecure }: Extract<TemplateSource, { kind: 'oci' }>,
  { work, bench, tell, signal }: Workshop,
): Promise<string> {
  const { path, enter } = bench;
  const image = `oci:${join(path, 'image')}:latest`;
  const authFile = join(work, 'auth.json');
  const [registry = ''] = reference.split('/');
  const login = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  // Never on a command line, which everybody on the machine can read.
  await writeFile(authFile, JSON.stringify({ auths: username === '' ? {} : { [registry]: { auth: login } } }), {
    mode: 0o600,
  });
  try {
    tell(`Pulling ${reference}`, 5);
    const verify = insecure ? ['--src-tls-verify=false'] : [];
    const from = ['--insecure-policy', 'copy', '--src-authfile', authFile, ...verify, `docker://${reference}`, image];
    await run('skopeo', from, { said: (line) => tell(line, 30), signal, enter });
  } finally {
    await rm(authFile, { force: true });
  }
  tell('Unpacking its layers', 60);
  const bundle = join(path, 'bundle');
  const unpack = ['unpack', '--image', `${join(path, 'image')}:latest`, bundle];
  await run('umoci', unpack, { said: () => undefined, signal, enter });
  return join(bundle, 'rootfs');
}

async function installPackages(packages: readonly string[], { bench, tell, signal }: Workshop): Promise<string> {
  const { path, enter } = bench;
  const root = join(path, 'root');
  const release = await readFile('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1] ?? 'stable';
  const sources = await aptSources(codename);
  const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
  let lines = 0;
  await run(
    'mmdebstrap',
    [
      '--mode=root',
      '--variant=minbase',
      '--format=directory',
      ...include,
      ...rootHooks,
      codename,
      root,
      ...(sources === '' ? [] : ['-']),
    ],
    {
      said: (line) => tell(line.replace(/^[A-Z]: /, ''), Math.min(70, (lines += 1) * 6)),
      signal,
      enter,
      input: sources,
    },
  );
  return root;
}

async function unpackTarball(
  chunks: AsyncIterable<Uint8Array>,
  { work, bench, jail, tell, signal }: Workshop,
): Promise<string> {
  const [archive, root] = [join(work, 'tarball'), join(bench.path, 'root')];
  tell('Receiving the tarball', 5);
  await pipeline(chunks, createWriteStream(archive, { mode: 0o600 }), { signal });
  tell('Unpacking the tarball', 40);
  await mkdir(join(bench.seen, 'root'), { mode: 0o755 });
  await unpackArchive(archive, root, jail, { enter: bench.enter, signal });
  await rm(archive);
  return root;
}

const keptLines = 5;

/** Runs a program to its end. Throws CannotBuild where it is missing, else with its last words; an abort kills all that it has started. */
async function run(
  program: string,
  args: readonly string[],
  {
    said,
    signal,
    enter,
    input = '',
  }: { said: (line: string) => void; signal: AbortSignal; enter: readonly string[]; input?: string },
): Promise<void> {
  if (missingBuilders().includes(program))
    throw new CannotBuild(`This host lacks ${program}: install it (apt-get install skopeo umoci mmdebstrap).`);
  signal.throwIfAborted();
  const command = [...enter, program, ...args];
  // In a process group of its own: asked to end, mmdebstrap would first let what it has begun end.
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const stop = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', stop);
  const last: string[] = [];
  const hear = (line: string) => {
    last.push(line);
    if (last.length > keptLines) last.shift();
    said(line.slice(0, 300));
  };
  createInterface({ input: child.stderr }).on('line', hear);
  createInterface({ input: child.stdout }).on('line', hear);
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(input);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`${program} failed: ${last.join(' ') || `code ${code}`}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
