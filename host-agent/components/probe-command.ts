import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { parseBuildInfo } from './build-info.ts';
import type { RunningProcess } from './config-file.ts';
import { requireSameStart, type ProcessStarts } from './process-start.ts';
import type { Finding } from './report.ts';
import { runCommand } from './run-command.ts';

export interface CommandQuestion {
  readonly command: readonly string[];
  /** `process`: it asks the process that runs. `disk`: it shows what lies on disk, as `app --version` does. */
  readonly asks: 'process' | 'disk';
  readonly timeoutMs: number;
  readonly process: RunningProcess | undefined;
}

/** A command may take this part of the time: one that takes 100 ms runs every 2 s. */
const commandShare = 0.05;

/** Asks a command again and again, the less often the longer it takes. */
export class CommandProbe {
  readonly #question: CommandQuestion;
  readonly #starts: ProcessStarts;
  #last: { readonly text: string; readonly startedAtMs: number | undefined; readonly againAtMs: number } | undefined;
  /** What the process that runs now was started from, where we saw it. */
  #seen: { readonly startedAtMs: number; readonly sha: string; readonly dirty: boolean } | undefined;

  constructor(question: CommandQuestion, starts: ProcessStarts) {
    this.#question = question;
    this.#starts = starts;
  }

  /** Throws ProbeError. */
  async look(signal: AbortSignal): Promise<Finding> {
    const { command, asks, process } = this.#question;
    const startedAt = process && (await this.#starts.startOf(process, signal));
    const info = parseBuildInfo(await this.#ask(startedAt, signal), command[0] ?? '');
    const { sha, dirty, builtAt } = info;
    const finding = { source: BuildSource.COMMAND, runningSha: sha, dirty, builtAt };
    if (asks === 'process') {
      if (startedAt && info.startedAt) requireSameStart(command[0] ?? '', info.startedAt, startedAt);
      return { ...finding, worktreeSha: '', startedAt: startedAt ?? info.startedAt };
    }
    if (!startedAt) return { ...finding, worktreeSha: sha, startedAt };
    const startedAtMs = startedAt.getTime();
    if (builtAt && startedAt > builtAt) this.#seen = { startedAtMs, sha, dirty };
    const seen = this.#seen?.startedAtMs === startedAtMs ? this.#seen : undefined;
    return { ...finding, runningSha: seen?.sha ?? sha, dirty: seen?.dirty ?? dirty, worktreeSha: sha, startedAt };
  }

  async #ask(startedAt: Date | undefined, signal: AbortSignal): Promise<string> {
    const last = this.#last;
    const startedAtMs = startedAt?.getTime();
    if (last && last.startedAtMs === startedAtMs && performance.now() < last.againAtMs) return last.text;
    const { command, timeoutMs } = this.#question;
    const beganMs = performance.now();
    // A command that fails has no last answer.
    this.#last = undefined;
    const text = await runCommand(command, timeoutMs, signal);
    const endedMs = performance.now();
    this.#last = {
      text,
      startedAtMs,
      againAtMs: Math.min(endedMs + (endedMs - beganMs) / commandShare, endedMs + longestPauseMs),
    };
    return text;
  }
}

/** However long it takes, what it said is no older than this. */
const longestPauseMs = 30_000;
