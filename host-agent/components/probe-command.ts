import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { parseBuildInfo } from './build-info.ts';
import type { RunningProcess } from './config-file.ts';
import { requireSameStart, type ProcessStarts } from './process-start.ts';
import type { Finding } from './report.ts';
import { restAfter } from './rest.ts';
import { runCommand } from './run-command.ts';

export interface CommandQuestion {
  readonly command: readonly string[];
  /** `process`: it asks the process that runs. `disk`: it shows what lies on disk, as `app --version` does. */
  readonly asks: 'process' | 'disk';
  readonly timeoutMs: number;
  readonly process: RunningProcess | undefined;
}

/** Asks a command again and again, the less often the longer it takes. */
export class CommandProbe {
  readonly #question: CommandQuestion;
  readonly #starts: ProcessStarts;
  #last: { readonly text: string; readonly process: string | undefined; readonly againAtMs: number } | undefined;
  /** What the process that runs now was started from, where we saw it. */
  #seen: { readonly process: string; readonly sha: string; readonly dirty: boolean } | undefined;

  constructor(question: CommandQuestion, starts: ProcessStarts) {
    this.#question = question;
    this.#starts = starts;
  }

  /** Throws ProbeError. */
  async look(signal: AbortSignal): Promise<Finding> {
    const { command, asks, process } = this.#question;
    const start = process && (await this.#starts.startOf(process, signal));
    const startedAt = start?.at;
    const info = parseBuildInfo(await this.#ask(start?.id, signal), command[0] ?? '');
    const { sha, dirty, builtAt } = info;
    const finding = { source: BuildSource.COMMAND, runningSha: sha, dirty, builtAt };
    if (asks === 'process') {
      if (startedAt && info.startedAt) requireSameStart(command[0] ?? '', info.startedAt, startedAt);
      return { ...finding, worktreeSha: '', startedAt: startedAt ?? info.startedAt };
    }
    if (!start) return { ...finding, worktreeSha: sha, startedAt };
    // What it was built at is not when it came to disk: of one process, only what was seen first can be what it runs.
    if (builtAt && start.at > builtAt && this.#seen?.process !== start.id)
      this.#seen = { process: start.id, sha, dirty };
    const seen = this.#seen?.process === start.id ? this.#seen : undefined;
    return { ...finding, runningSha: seen?.sha ?? sha, dirty: seen?.dirty ?? dirty, worktreeSha: sha, startedAt };
  }

  async #ask(process: string | undefined, signal: AbortSignal): Promise<string> {
    const last = this.#last;
    if (last && last.process === process && performance.now() < last.againAtMs) return last.text;
    const { command, timeoutMs } = this.#question;
    const beganMs = performance.now();
    // A command that fails has no last answer.
    this.#last = undefined;
    const text = await runCommand(command, timeoutMs, signal);
    const endedMs = performance.now();
    this.#last = {
      text,
      process,
      againAtMs: endedMs + restAfter(endedMs - beganMs),
    };
    return text;
  }
}
