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
  /** What the process that runs now was started from, where we saw it. */
  #seen: { readonly startedAtMs: number; readonly sha: string; readonly dirty: boolean } | undefined;

  constructor(path: string, process: RunningProcess | undefined, starts: ProcessStarts) {
    this.#path = path;
    this.#process = process;
    this.#starts = starts;
  }

  /** Throws ProbeError. */
  async look(signal: AbortSignal): Promise<Finding> {
    const startedAt = this.#process && (await this.#starts.startOf(this.#process, signal));
    const { sha, dirty, builtAt, changedAt } = await readBuildInfo(this.#path);
    const finding = { source: BuildSource.FILE, runningSha: sha, worktreeSha: sha, dirty, builtAt, startedAt };
    if (!startedAt) return finding;
    const startedAtMs = startedAt.getTime();
    if (startedAt > changedAt) {
      this.#seen = { startedAtMs, sha, dirty };
      return { ...finding, builtAt: builtAt ?? changedAt };
    }
    const seen = this.#seen?.startedAtMs === startedAtMs ? this.#seen : undefined;
    // Where nobody knows what the process was started from, its times say that the file is newer.
    return { ...finding, runningSha: seen?.sha ?? sha, dirty: seen?.dirty ?? dirty, builtAt: changedAt };
  }
}
