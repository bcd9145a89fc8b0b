import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { readBuildInfo } from './build-info.ts';
import type { RunningProcess } from './config-file.ts';
import type { ProcessStarts } from './process-start.ts';
import type { Finding } from './report.ts';

/** Looks at a build-info file again and again. */
export class FileProbe {
  readonly #path: string;
  readonly #process: RunningProcess | undefined;
  readonly #starts: ProcessStarts;
  /** What the process that runs now was started from, where we saw it, and the times by which it was seen. */
  #seen: Seen | undefined;

  constructor(path: string, process: RunningProcess | undefined, starts: ProcessStarts) {
    this.#path = path;
    this.#process = process;
    this.#starts = starts;
  }

  /** Throws ProbeError. */
  async look(signal: AbortSignal): Promise<Finding> {
    const start = this.#process && (await this.#starts.startOf(this.#process, signal));
    const { sha, dirty, builtAt, writtenAt, changedAt } = await readBuildInfo(this.#path);
    const startedAt = start?.at;
    const finding = { source: BuildSource.FILE, runningSha: sha, worktreeSha: sha, dirty, builtAt, startedAt };
    if (!start) return finding;
    const writtenAtMs = writtenAt.getTime();
    if (start.at > changedAt)
      this.#seen = { process: start.id, startedAt: start.at, sha, dirty, writtenAtMs, changedAt };
    const seen = this.#seen?.process === start.id ? this.#seen : undefined;
    // The same as when it was seen: somebody may have given it another owner, or have set the clock back.
    if (seen?.sha === sha && seen.dirty === dirty && seen.writtenAtMs === writtenAtMs)
      return { ...finding, startedAt: seen.startedAt, builtAt: builtAt ?? seen.changedAt };
    // Where nobody knows what the process was started from, its times say that the file is newer.
    return { ...finding, runningSha: seen?.sha ?? sha, dirty: seen?.dirty ?? dirty, builtAt: changedAt };
  }
}

interface Seen {
  readonly process: string;
  readonly startedAt: Date;
  readonly sha: string;
  readonly dirty: boolean;
  readonly writtenAtMs: number;
  readonly changedAt: Date;
}
