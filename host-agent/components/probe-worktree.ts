import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import type { RunningProcess } from './config-file.ts';
import { isDirty, openWorktree, readHead, type Worktree } from './git.ts';
import type { ProcessStarts } from './process-start.ts';
import { readHeadHistory } from './reflog.ts';
import type { Finding } from './report.ts';
import { restAfter } from './rest.ts';

/** Looks at a working tree again and again. Asks git no more than the tree's size allows. */
export class WorktreeProbe {
  readonly #path: string;
  readonly #process: RunningProcess | undefined;
  readonly #starts: ProcessStarts;
  #worktree: Worktree | undefined;
  #status: { readonly head: string; readonly dirty: boolean; readonly againAtMs: number } | undefined;

  /** What the process that runs now was started from, where we saw it, and the times by which it was seen. */
  #seen:
    | { readonly process: string; readonly startedAt: Date; readonly sha: string; readonly builtAt: Date }
    | undefined;

  constructor(path: string, process: RunningProcess | undefined, starts: ProcessStarts) {
    this.#path = path;
    this.#process = process;
    this.#starts = starts;
  }

  /** Throws ProbeError. */
  async look(signal: AbortSignal): Promise<Finding> {
    try {
      this.#worktree ??= await openWorktree(this.#path, signal);
      return await this.#read(this.#worktree, signal);
    } catch (error) {
      // It may have been made anew: the next look finds it again.
      this.#worktree = undefined;
      this.#status = undefined;
      throw error;
    }
  }

  async #read(worktree: Worktree, signal: AbortSignal): Promise<Finding> {
    const start = this.#process && (await this.#starts.startOf(this.#process, signal));
    const startedAt = start?.at;
    const head = await readHead(worktree, signal);
    const dirty = await this.#readDirty(worktree, head, signal);
    const finding = { source: BuildSource.WORKTREE, worktreeSha: head, dirty, startedAt };
    if (!start) return { ...finding, runningSha: head, builtAt: undefined };
    const history = await readHeadHistory(worktree);
    const builtAt = history?.changedAt;
    if (builtAt && start.at > builtAt) this.#seen = { process: start.id, startedAt: start.at, sha: head, builtAt };
    const seen = this.#seen?.process === start.id ? this.#seen : undefined;
    // Nothing has come there since it was seen, whatever the clock says now.
    if (seen?.sha === head && seen.builtAt.getTime() === builtAt?.getTime())
      return { ...finding, runningSha: head, startedAt: seen.startedAt, builtAt };
    // Where nobody knows what the process was started from, its times say that the tree is newer.
    return { ...finding, runningSha: seen?.sha ?? history?.at(start.at) ?? head, builtAt };
  }

  async #readDirty(worktree: Worktree, head: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#status;
    if (known?.head === head && performance.now() < known.againAtMs) return known.dirty;
    const beganMs = performance.now();
    const dirty = await isDirty(worktree, signal);
    const endedMs = performance.now();
    this.#status = { head, dirty, againAtMs: endedMs + restAfter(endedMs - beganMs) };
    return dirty;
  }
}
