import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupRoot, type Cgroups } from './cgroups.ts';

/** What the processes of a cgroup use now. */
export interface CgroupUsage {
  /** Processor time since it was made. */
  readonly cpuMs: number;
  /** Without files that the kernel keeps in memory only as long as nobody needs the room. */
  readonly memoryBytes: number;
  readonly pids: number;
}

/** What its limits have cost it since it was made. */
export interface CgroupTotals {
  readonly cpuMs: number;
  readonly throttledMs: number;
  readonly oomKills: number;
  readonly refusedPids: number;
}

/**
 * Reads what a cgroup uses. Without waiting: the kernel answers from memory, 7 µs a file, where a promise of Node's
 * would take ten times as long, and every sandbox is asked every second.
 */
export class CgroupUsageReader {
  readonly #isUnified: boolean;
  readonly #path: string;
  readonly #root: string;

  constructor(cgroups: Pick<Cgroups, 'mode'>, path: string, root: string = cgroupRoot) {
    this.#isUnified = cgroups.mode === 'unified';
    this.#path = path;
    this.#root = root;
  }

  /** Undefined where it does not exist. */
  usage(): CgroupUsage | undefined {
    try {
      const cached = this.#field('memory', 'memory.stat', this.#isUnified ? 'inactive_file' : 'total_inactive_file');
      const memory = this.#number('memory', this.#isUnified ? 'memory.current' : 'memory.usage_in_bytes');
      return {
        cpuMs: this.#cpuMs(),
        memoryBytes: Math.max(0, memory - cached),
        pids: this.#number('pids', 'pids.current'),
      };
    } catch (error) {
      if (hasGone(error)) return undefined;
      throw error;
    }
  }

  /** Undefined where it does not exist. */
  totals(): CgroupTotals | undefined {
    try {
      return {
        cpuMs: this.#cpuMs(),
        throttledMs: this.#isUnified
          ? this.#field('cpu', 'cpu.stat', 'throttled_usec') / 1e3
          : this.#field('cpu', 'cpu.stat', 'throttled_time') / 1e6,
        oomKills: this.#oomKills(),
        refusedPids: this.#field('pids', 'pids.events', 'max'),
      };
    } catch (error) {
      if (hasGone(error)) return undefined;
      throw error;
    }
  }

  /** How many of its processes were killed for want of memory since it was made; 0 where it does not exist. */
  oomKills(): number {
    try {
      return this.#oomKills();
    } catch (error) {
      if (hasGone(error)) return 0;
      throw error;
    }
  }

  /** Host pids of all that run in it, as the kernel lists them; none where it does not exist. */
  pids(): number[] {
    try {
      return this.#read('pids', 'cgroup.procs').split('\n').filter(Boolean).map(Number);
    } catch (error) {
      if (hasGone(error)) return [];
      throw error;
    }
  }

  #cpuMs(): number {
    return this.#isUnified
      ? this.#field('cpu', 'cpu.stat', 'usage_usec') / 1e3
      : this.#number('cpuacct', 'cpuacct.usage') / 1e6;
  }

  #oomKills(): number {
    return this.#field('memory', this.#isUnified ? 'memory.events' : 'memory.oom_control', 'oom_kill');
  }

  #number(controller: string, name: string): number {
    return Number(this.#read(controller, name));
  }

  /** A line `name value`; 0 where this kernel has none. */
  #field(controller: string, name: string, field: string): number {
    const text = `\n${this.#read(controller, name)}`;
    const at = text.indexOf(`\n${field} `);
    return at < 0 ? 0 : Number.parseInt(text.slice(at + field.length + 2), 10);
  }

  #read(controller: string, name: string): string {
    return readFileSync(join(this.#root, this.#isUnified ? '' : controller, this.#path, name), 'utf8');
  }
}

/** It was removed, perhaps while it was read. */
const hasGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV');
