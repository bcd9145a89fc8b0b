import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import type { RunningProcess } from './config-file.ts';
import { isDirty, openWorktree, readHead, type Worktree } from './git.ts';
import type { ProcessStarts } from './process-start.ts';
import { readHeadHistory } from './reflog.ts';
import type { Finding } from './report.ts';

/** A full status may take this part of the time: looked at every 2 s, a tree that takes 20 ms is always fresh. */
const statusShare = 0.05;

/** Looks at a working tree again and again. Asks git no more than the tree's size allows. */
export class WorktreeProbe {
  readonly #path: string;
  readonly #process: RunningProcess | undefined;
  readonly #starts: ProcessStarts;
  #worktree: Worktree | undefined;
  #status: { readonly head: string; readonly dirty: boolean; readonly againAtMs: number } | undefined;

  /** What the process that runs now was started from, where we saw it. */
  #seen: { readonly startedAtMs: number; readonly sha: string } | undefined;

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
    const startedAt = this.#process && (await this.#starts.startOf(this.#process, signal));
    const head = await readHead(worktree, signal);
    const dirty = await this.#readDirty(worktree, head, signal);
    const finding = { source: BuildSource.WORKTREE, worktreeSha: head, dirty, startedAt };
    if (!startedAt) return { ...finding, runningSha: head, builtAt: undefined };
    const history = await readHeadHistory(worktree);
    const builtAt = history?.changedAt;
    if (builtAt && startedAt > builtAt) {
      this.#seen = { startedAtMs: startedAt.getTime(), sha: head };
      return { ...finding, runningSha: head, builtAt };
    }
    const seen = this.#seen?.startedAtMs === startedAt.getTime() ? this.#seen.sha : undefined;
    // Where nobody knows what the process was started from, its times say that the tree is newer.
    return { ...finding, runningSha: seen ?? history?.at(startedAt) ?? head, builtAt };
  }

  async #readDirty(worktree: Worktree, head: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#status;
    if (known?.head === head && performance.now() < known.againAtMs) return known.dirty;
    const beganMs = performance.now();
    const dirty = await isDirty(worktree, signal);
    const endedMs = performance.now();
    this.#status = { head, dirty, againAtMs: endedMs + (endedMs - beganMs) / statusShare };
    return dirty;
  }
}
