import { readFileSync, statfsSync } from 'node:fs';
import { Meter, Quiet, type Counters, type Resolution } from '../metrics/index.ts';
import { linkCounters } from '../network/index.ts';
import { CgroupUsageReader } from '../runtime/index.ts';
import type { SandboxMetrics } from './types.ts';

/** What a sandbox's gauge is fixed to. */
export interface GaugePoints {
  readonly usage: CgroupUsageReader;
  readonly firstId: number;
}

/** So many of its processes are looked at for its init; that one is nearly always the first. */
const mostLookedAt = 64;

/** Measures one sandbox, from outside: nothing of it is asked, and what it does to its own files changes nothing. */
export class Gauge {
  readonly #points: GaugePoints;
  readonly #meter = new Meter();
  readonly #quiet = new Quiet();
  /** The host's pid of its init, by which its root is reached. */
  #init: number | undefined;
  readonly #since = new Date();

  constructor(points: GaugePoints) {
    this.#points = points;
  }

  /** To be called every second while it runs or is frozen. */
  measure(atMs: number, isFrozen: boolean): void {
    const counters = this.#counters();
    if (!counters) return this.interrupt();
    this.#meter.take(atMs, counters);
    if (isFrozen) this.#quiet.interrupt();
    else this.#quiet.take(atMs, counters);
  }

  /** A sign of work was seen that is measured by nobody here. */
  noteWork(): void {
    this.#quiet.note(performance.now());
  }

  /** How long no sign of work was seen; undefined where nobody has watched. */
  quietForMs(): number | undefined {
    return this.#quiet.forMs(performance.now());
  }

  /** How many processes and threads there are in it. */
  pids(): number {
    return this.#points.usage.usage()?.pids ?? 0;
  }

  /** To be called instead while it does not. */
  interrupt(): void {
    this.#meter.interrupt();
    this.#quiet.interrupt();
    this.#init = undefined;
  }

  /** What was measured, later than `after`. */
  read(resolution: Resolution, after: Date | undefined): SandboxMetrics {
    const offsetMs = Date.now() - performance.now();
    const disk = this.#disk();
    return {
      samples: this.#meter.samples(resolution, (atMs) => new Date(Math.round(atMs + offsetMs)), after),
      totals: this.#points.usage.totals(),
      measuredSince: this.#since,
      diskSizeBytes: disk?.sizeBytes ?? 0,
      filesLimit: disk?.filesLimit ?? 0,
    };
  }

  oomKills(): number {
    return this.#points.usage.oomKills();
  }

  #counters(): Counters | undefined {
    const usage = this.#points.usage.usage();
    const disk = usage && usage.pids > 0 ? this.#disk() : undefined;
    if (!usage || !disk) return undefined;
    return { ...usage, diskBytes: disk.usedBytes, files: disk.files, ...linkCounters(this.#points.firstId) };
  }

  /** Asks the file system at its root, which is its own volume below the overlay. */
  #disk() {
    this.#init ??= this.#findInit();
    if (this.#init === undefined) return undefined;
    try {
      const { bsize, blocks, bfree, files, ffree } = statfsSync(`/proc/${this.#init}/root`);
      return {
        sizeBytes: blocks * bsize,
        usedBytes: (blocks - bfree) * bsize,
        filesLimit: files,
        files: files - ffree,
      };
    } catch {
      this.#init = undefined; // it has ended
      return undefined;
    }
  }

  /** The process that is number 1 inside, and in no namespace of pids below that. */
  #findInit(): number | undefined {
    const pids = this.#points.usage.pids().slice(0, mostLookedAt);
    return pids.find((pid) => {
      try {
        return /^NSpid:\s+\d+\s+1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false; // it has ended meanwhile
      }
    });
  }
}
