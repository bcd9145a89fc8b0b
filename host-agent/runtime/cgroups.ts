import { readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';

/** Where the machine's cgroups are mounted. */
export const cgroupRoot = '/sys/fs/cgroup';
const root = cgroupRoot;
const cgroup2Magic = 0x6367_7270;
const freezeLimitMs = 10_000;

/**
 * How the machine's cgroups are mounted: `unified` (v2) or `split` (v1, a hierarchy for each controller), then perhaps
 * with a v2 hierarchy beside it that has no controllers (`hybrid`).
 */
export interface Cgroups {
  readonly mode: 'unified' | 'split';
  /** Where the v2 hierarchy without controllers is mounted. */
  readonly hybridMount: string | undefined;
  /** Names of the v1 hierarchies, as directories. */
  readonly hierarchies: readonly string[];
  readonly canLimitSwap: boolean;
}

/** Looks at what the machine has. */
export async function findCgroups(): Promise<Cgroups> {
  const isUnified = async (path: string) => (await statfs(path).catch(() => undefined))?.type === cgroup2Magic;
  if (await isUnified(root)) return { mode: 'unified', hybridMount: undefined, hierarchies: [], canLimitSwap: true };
  const names = await readdir(root).catch(() => []);
  const hybridMount = (await isUnified(join(root, 'unified'))) ? join(root, 'unified') : undefined;
  const hierarchies = names.filter((name) => name !== 'unified');
  const canLimitSwap = await readFile(join(root, 'memory/memory.memsw.limit_in_bytes')).then(
    () => true,
    () => false,
  );
  return { mode: 'split', hybridMount, hierarchies, canLimitSwap };
}

/**
 * The cgroup of one sandbox, by its path below the root of every hierarchy. Its files are read and written at once: the
 * kernel answers in microseconds, and handing it to a thread and back takes longer.
 */
export class SandboxCgroup {
  readonly #cgroups: Cgroups;
  readonly #path: string;

  constructor(cgroups: Cgroups, path: string) {
    this.#cgroups = cgroups;
    this.#path = path;
  }

  /** Stops every process where it is. Resolves when all have stopped; throws where they do not within 10 seconds. */
  async freeze(): Promise<void> {
    this.#askToFreeze();
    const until = performance.now() + freezeLimitMs;
    for (let look = 1; !(await this.isFrozen()); look++) {
      if (performance.now() > until) throw new Error('its processes do not stop');
      await after(Math.min(look - 1, 20));
      // The first version of cgroups may miss one that is forked meanwhile, and two may wait for each other for ever.
      if (!this.#isUnified && look % 25 === 0) await this.thaw();
      if (!this.#isUnified) this.#askToFreeze();
    }
  }

  #askToFreeze(): void {
    this.#write('freezer', this.#isUnified ? 'cgroup.freeze' : 'freezer.state', this.#isUnified ? '1' : 'FROZEN');
  }

  async thaw(): Promise<void> {
    this.#write('freezer', this.#isUnified ? 'cgroup.freeze' : 'freezer.state', this.#isUnified ? '0' : 'THAWED');
  }

  async isFrozen(): Promise<boolean> {
    if (this.#isUnified) return /^frozen 1$/m.test(this.#read('freezer', 'cgroup.events'));
    return this.#read('freezer', 'freezer.state').trim() === 'FROZEN';
  }

  /** Host pids of all that run in it; none where it does not exist. */
  async pids(): Promise<number[]> {
    const text = this.#readIfThere('pids', 'cgroup.procs');
    // One that this process cannot see stands there as 0, which kill() understands as something else altogether.
    return text
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1);
  }

  /** How many processes were killed for want of memory. */
  async oomKills(): Promise<number> {
    const text = this.#readIfThere('memory', this.#isUnified ? 'memory.events' : 'memory.oom_control');
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Kills everything in it, also what is frozen. Resolves when nothing is left. */
  async killAll(): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      const pids = await this.pids();
      if (pids.length === 0) return;
      this.#kill(pids);
      await this.thaw().catch(() => undefined);
      // Most are gone within 3 ms; many processes on little CPU may take their time.
      await after(Math.min(20, Math.ceil(turn / 5)));
    }
  }

  #kill(pids: readonly number[]): void {
    if (!this.#isUnified) return killEach(pids);
    try {
      this.#write('pids', 'cgroup.kill', '1');
    } catch {
      killEach(pids); // kernels before 5.14
    }
  }

  /** Asks everything in it to end (SIGTERM). Its first process, for which that means nothing, hears it as well. */
  async terminate(): Promise<void> {
    signalEach(await this.pids(), 'SIGTERM');
  }

  /** Removes it. Nothing may run in it any more. */
  async remove(): Promise<void> {
    const directories = this.#isUnified
      ? [join(root, this.#path)]
      : this.#cgroups.hierarchies.map((name) => join(root, name, this.#path));
    if (this.#cgroups.hybridMount) directories.push(join(this.#cgroups.hybridMount, this.#path));
    await Promise.all(directories.map(removeTree));
  }

  get #isUnified(): boolean {
    return this.#cgroups.mode === 'unified';
  }

  #file(controller: string, name: string): string {
    return this.#isUnified ? join(root, this.#path, name) : join(root, controller, this.#path, name);
  }

  #read(controller: string, name: string): string {
    return readFileSync(this.#file(controller, name), 'utf8');
  }

  #readIfThere(controller: string, name: string): string {
    try {
      return this.#read(controller, name);
    } catch {
      return '';
    }
  }

  #write(controller: string, name: string, value: string): void {
    writeFileSync(this.#file(controller, name), value, { flag: 'r+' });
  }
}

const killEach = (pids: readonly number[]): void => signalEach(pids, 'SIGKILL');

function signalEach(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error; // it was quicker
    }
  }
}

/** With what is below it: a guest may have made cgroups of its own. A process that is just ending keeps one busy for a moment. */
async function removeTree(directory: string): Promise<void> {
  for (let waitMs = 1; ; waitMs += 1) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      if (!hasCode(error, 'EBUSY') || waitMs > 50) throw error;
    }
    const below = await readdir(directory, { withFileTypes: true }).catch(() => []);
    await Promise.all(
      below.filter((entry) => entry.isDirectory()).map((entry) => removeTree(join(directory, entry.name))),
    );
    await after(waitMs);
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
