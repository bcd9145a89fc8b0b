// The baseline: the machine's OCI runtime driven directly, with the bundle that sandboxes have, but without volume,
// init, agent and control plane. Runs in a mount namespace of its own and prints its figures as JSON.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleConfig,
  findCgroups,
  findRuntimes,
  initInside,
  maxOpenFiles,
  type Runtime,
} from '../../host-agent/runtime/index.ts';
import { timeEach, type Times } from '../figures.ts';
import { baselineCgroup } from './baseline-cgroup.ts';

/** What the runtime alone takes. */
export interface RawFigures {
  readonly runtime: string;
  /** create + start of `true` + delete. */
  readonly lives: Times;
  /** `exec` of `true` in a container that runs. */
  readonly execs: Times;
}

const [lower = '', lives = '', execs = ''] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'muster-bench-raw-'));
// Any free range does: nobody else uses these ids for a moment.
const firstId = 3_000_000_000;

try {
  const [runtime] = await findRuntimes(undefined);
  if (!runtime) throw new Error('There is no OCI runtime on this machine.');
  const figures = await measure(runtime);
  process.stdout.write(JSON.stringify(figures));
} finally {
  rmSync(directory, { recursive: true });
}

async function measure(runtime: Runtime): Promise<RawFigures> {
  const run = (...args: string[]) =>
    command(runtime.command, ['--root', join(directory, 'state'), ...managerOf(runtime), ...args]);
  const [short, long] = [await makeBundle('short', ['true']), await makeBundle('long', ['sleep', 'infinity'])];
  const life = async (index: number) => {
    await run('create', '--bundle', short, `life-${index}`);
    await run('start', `life-${index}`);
    await run('delete', '--force', `life-${index}`);
  };
  await timeEach(3, (index) => life(-1 - index));
  const livesTimes = await timeEach(Number(lives), life);
  await run('create', '--bundle', long, 'long');
  await run('start', 'long');
  try {
    await timeEach(3, () => run('exec', 'long', 'true'));
    const execsTimes = await timeEach(Number(execs), () => run('exec', 'long', 'true'));
    return { runtime: `${runtime.kind} ${runtime.version}`, lives: livesTimes, execs: execsTimes };
  } finally {
    await run('delete', '--force', 'long');
  }
}

function managerOf({ kind }: Runtime): string[] {
  return kind === 'crun' ? ['--cgroup-manager=cgroupfs'] : [];
}

async function makeBundle(name: string, args: readonly string[]): Promise<string> {
  const bundle = join(directory, name);
  mkdirSync(bundle, { recursive: true });
  const { canLimitSwap } = await findCgroups();
  const config = bundleConfig({
    rootPath: lower,
    initPath: '/bin/true',
    hostname: name,
    cgroupPath: `${baselineCgroup}/${name}`,
    firstId,
    limits: { cpu: 1, memoryMib: 64, pids: 1024 },
    canLimitSwap,
    maxOpenFiles: await maxOpenFiles(),
  });
  const own = {
    ...config,
    process: { ...config.process, args },
    root: { ...config.root, readonly: true },
    mounts: config.mounts.filter(({ destination }) => destination !== initInside),
  };
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(own));
  return bundle;
}

function command(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} ended with ${code}`)),
    );
  });
}
