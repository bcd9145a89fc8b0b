import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idsPerSandbox } from '../../runtime/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { openSandboxes, type RunEvent, type RunSpec, type Sandboxes, type SandboxOptions } from '../index.ts';

/** What a command did, all of it. */
export interface Outcome {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  readonly signal: string;
  readonly timedOut: boolean;
  readonly reason: string | undefined;
}

const ordinaryLimits = { cpu: 1, memoryMib: 128, diskMib: 64, pids: 64 };
const perPlace = 64;
let places = 0;
let ids = 0;

/** A data directory with its own cgroup and ids, as an agent has it; real sandboxes on the real runtime. */
export class Place {
  readonly options: SandboxOptions;
  sandboxes: Sandboxes;

  private constructor(options: SandboxOptions, sandboxes: Sandboxes) {
    this.options = options;
    this.sandboxes = sandboxes;
  }

  static async open(options: Partial<SandboxOptions> = {}): Promise<Place> {
    places += 1;
    const name = `muster-test-${process.pid}-${places}`;
    const all: SandboxOptions = {
      dataDir: mkdtempSync(join(tmpdir(), `${name}-`)),
      cacheDir: process.env['MUSTER_CACHE_DIR'] ?? '/var/cache/muster',
      cgroupParent: name,
      ids: { first: firstIds(places), sandboxes: perPlace },
      ...options,
    };
    const sandboxes = await openSandboxes(all);
    await sandboxes.prepareTemplate('base');
    return new Place(all, sandboxes);
  }

  /** As when the agent is stopped and started again. */
  async reopen(): Promise<void> {
    await this.sandboxes.close();
    this.sandboxes = await openSandboxes(this.options);
  }

  /** Makes a sandbox; answers its id. Its attempt is 1. */
  async create(spec: Partial<Parameters<Sandboxes['create']>[0]> = {}): Promise<string> {
    const view = await this.sandboxes.create(this.spec(spec));
    return view.sandboxId;
  }

  spec(spec: Partial<Parameters<Sandboxes['create']>[0]> = {}): Parameters<Sandboxes['create']>[0] {
    ids += 1;
    return {
      sandboxId: `sbx${String(ids).padStart(12, '0')}`,
      attempt: 1,
      template: 'base',
      env: {},
      hostname: 'test',
      onDisconnect: 'pause',
      ...spec,
      limits: { ...ordinaryLimits, ...spec.limits },
    };
  }

  state(sandboxId: string) {
    return this.sandboxes.inventory().sandboxes.find((view) => view.sandboxId === sandboxId);
  }

  /** Runs a shell line, or a whole spec, to its end. */
  async run(sandboxId: string, command: string | RunSpec, signal?: AbortSignal): Promise<Outcome> {
    const spec = typeof command === 'string' ? { argv: ['sh', '-c', command] } : command;
    return outcomeOf(this.sandboxes.run(sandboxId, spec, signal));
  }

  /** Host pids of everything in a sandbox. */
  pids(sandboxId: string): number[] {
    const files = cgroupRoots().map((root) => join(root, this.options.cgroupParent, `${sandboxId}-1`, 'cgroup.procs'));
    return [...new Set(files.flatMap(readLines).map(Number))];
  }

  /** Destroys all, and fails where anything is left on the machine. */
  async close(): Promise<void> {
    for (const { sandboxId, attempt } of this.sandboxes.inventory().sandboxes)
      await this.sandboxes.destroy(sandboxId, attempt);
    await this.sandboxes.close();
    await eventually('nothing of it is left on the machine', () => this.#leftovers().length === 0);
    await rm(this.options.dataDir, { recursive: true, force: true });
  }

  #leftovers(): string[] {
    const { dataDir, cgroupParent } = this.options;
    const loops = readdirSync('/sys/block').flatMap((name) => readLines(`/sys/block/${name}/loop/backing_file`));
    return [
      ...readLines('/proc/self/mountinfo').filter((line) => line.includes(dataDir)),
      ...loops.filter((file) => file.startsWith(dataDir)),
      ...cgroupRoots().flatMap((root) => readdirSync(root).filter((name) => name === cgroupParent)),
      ...readdirSync(join(dataDir, 'sandboxes/live')),
      // Newer runtimes keep something for all of them there.
      ...readdirSync(join(dataDir, 'sandboxes/runtime')).filter((name) => !name.startsWith('.')),
    ];
  }
}

/** Test files that run side by side do so in different processes. */
const firstIds = (place: number): number =>
  1_000_000_000 + ((process.pid % 90) * 8 + (place % 8)) * perPlace * idsPerSandbox;

/** All that a command did. */
export async function outcomeOf(events: AsyncIterable<RunEvent>): Promise<Outcome> {
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let pid = -1;
  for await (const event of events) {
    if (event.type === 'started') pid = event.pid;
    else if (event.type === 'exit') {
      const { code, signal, timedOut, reason } = event;
      return { pid, code, signal, timedOut, reason, stdout: text(output.stdout), stderr: text(output.stderr) };
    } else output[event.type].push(event.data);
  }
  throw new Error('the command has no end');
}

const text = (chunks: readonly Uint8Array[]): string => Buffer.concat(chunks).toString();

/** The hierarchies: one with v2, several with v1. */
function cgroupRoots(): string[] {
  const root = '/sys/fs/cgroup';
  const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const isUnified = readdirSync(root).includes('cgroup.procs');
  return isUnified ? [root] : names.map(({ name }) => join(root, name));
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
