// The baseline: the machine's OCI runtime driven directly, with the bundle that sandboxes have, but without volume,
// init, agent and control plane; and podman, where it is. Runs in a mount namespace of its own: reads the names of acts
// from standard input, a line each, and answers how many milliseconds it took.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleConfig, findCgroups, findRuntimes, initInside, maxOpenFiles } from '../../host-agent/runtime/index.ts';
import { timeOf } from '../figures.ts';

const [lower = '', cgroup = ''] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'muster-bench-raw-'));
const keysInside = '/run/muster';
// Any free range does: nobody else uses these ids for a moment.
const firstId = 3_000_000_000;

try {
  await serve();
} finally {
  rmSync(directory, { recursive: true });
}

async function serve(): Promise<void> {
  const [runtime] = await findRuntimes(undefined);
  if (!runtime) throw new Error('There is no OCI runtime on this machine.');
  const manager = runtime.kind === 'crun' ? ['--cgroup-manager=cgroupfs'] : [];
  const run = (...args: string[]) =>
    command(runtime.command, ['--root', join(directory, 'state'), ...manager, ...args]);
  const [short, long] = [await makeBundle('short', ['true']), await makeBundle('long', ['sleep', 'infinity'])];
  const acts: Readonly<Record<string, (index: number) => Promise<void>>> = {
    /** create + start of `true` + delete. */
    async life(index) {
      await run('create', '--bundle', short, `life-${index}`);
      await run('start', `life-${index}`);
      await run('delete', '--force', `life-${index}`);
    },
    /** create + start of something that stays. */
    async birth(index) {
      await run('create', '--bundle', long, `birth-${index}`);
      await run('start', `birth-${index}`);
    },
    /** The end of the last one. */
    burial: (index) => run('delete', '--force', `birth-${index - 1}`),
    /** `exec` of `true` in a container that runs. */
    exec: () => run('exec', 'long', 'true'),
    /** What people use elsewhere, on the same root and the same runtime. */
    podman: () => command('podman', [...podmanRun(runtime.kind), `${lower}:O`, 'true']),
  };
  await run('create', '--bundle', long, 'long');
  await run('start', 'long');
  try {
    process.stdout.write(`${runtime.kind} ${runtime.version}\n`);
    let index = 0;
    for await (const line of createInterface({ input: process.stdin })) {
      const act = acts[line]!;
      process.stdout.write(`${await timeOf(() => act((index += 1)))}\n`);
    }
  } finally {
    await run('delete', '--force', 'long');
  }
}

function podmanRun(kind: string): readonly string[] {
  return [
    '--cgroup-manager=cgroupfs',
    `--runtime=${kind}`,
    'run',
    '--rm',
    '--network=none',
    // It would ask for more than this process may have.
    '--ulimit=nofile=1024:1024',
    '--ulimit=nproc=1024:1024',
    '--rootfs',
  ];
}

async function makeBundle(name: string, args: readonly string[]): Promise<string> {
  const bundle = join(directory, name);
  mkdirSync(bundle, { recursive: true });
  const { canLimitSwap } = await findCgroups();
  const config = bundleConfig({
    rootPath: lower,
    initPath: '/bin/true',
    hostname: name,
    cgroupPath: `${cgroup}/${name}`,
    firstId,
    limits: { cpu: 1, memoryMib: 64, pids: 1024 },
    canLimitSwap,
    maxOpenFiles: await maxOpenFiles(),
  });
  const own = {
    ...config,
    process: { ...config.process, args },
    root: { ...config.root, readonly: true },
    // The bare root has no place for what is ours, and cannot be written to.
    mounts: config.mounts.filter(({ destination }) => destination !== initInside && destination !== keysInside),
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(own));
  return bundle;
}

function command(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // Pipes only: runtimes give what is on descriptors 0 to 2 to the container's root, and that must not be /dev/null.
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stdin.on('error', () => {}).end();
    child.stdout.resume();
    child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`)),
    );
  });
}
