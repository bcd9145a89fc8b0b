import type { InitLink, ProcessInput, Writer } from '../init/index.ts';
import { InputAhead } from '../init/index.ts';
import { defaultPath } from '../runtime/index.ts';
import { attach, type AttachSpec } from './attach.ts';
import { signalNumber } from './exit.ts';
import { newProcessId } from './id.ts';
import type { RunningCommands } from './runs.ts';
import { noProcess, ProcessTable } from './table.ts';
import { type AttachEvent, ProcessError, type ProcessView, type StartSpec, type TerminalSize } from './types.ts';

/** What is kept of a process's output for each MiB of its sandbox's memory: all 64 together take an eighth of it. */
const keptPerMib = 2048;
const leastKept = 32 * 1024;
const mostKept = 1024 * 1024;

/** So long input waits for a process that does not read. */
const inputWaitMs = 10_000;

/** The sandbox that processes run in. */
export interface Home {
  readonly sandboxId: string;
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMib: number;
  /** Something was done in it. */
  touch(): void;
}

/** The processes of one sandbox. All methods throw `ProcessError`. */
export class SandboxProcesses {
  readonly #home: Home;
  readonly #link: InitLink;
  readonly #table: ProcessTable;
  readonly #runs: RunningCommands;

  private constructor(home: Home, link: InitLink, table: ProcessTable, runs: RunningCommands) {
    this.#home = home;
    this.#link = link;
    this.#table = table;
    this.#runs = runs;
  }

  static async open(home: Home, link: InitLink, runs: RunningCommands): Promise<SandboxProcesses> {
    return new SandboxProcesses(home, link, await lossTold(ProcessTable.open(link)), runs);
  }

  /** Starts a process that outlives its caller. */
  async start(spec: StartSpec): Promise<ProcessView> {
    const { sandboxId, env, memoryMib } = this.#home;
    const { argv, cwd, user, terminal, name, timeoutMs } = spec;
    this.#home.touch();
    const id = newProcessId(sandboxId, spec.requestId);
    const kept = Math.min(mostKept, Math.max(leastKept, Math.floor(memoryMib * keptPerMib)));
    const loginShell = argv.length === 0;
    const started = await lossTold(
      this.#table.start(
        id,
        { kept, terminal, loginShell },
        { argv: [...argv], name, user, cwd, at: Date.now() },
        {
          argv: loginShell ? ['sh'] : argv,
          env: { PATH: defaultPath, ...(terminal && { TERM: 'xterm-256color' }), ...env, ...spec.env },
          cwd,
          user,
          withStdin: spec.stdin,
          endsWithLink: false,
          timeoutMs,
        },
      ),
    );
    return started.view({ written: 0, oldest: 0 });
  }

  /** Reads what a process writes. */
  attach(id: string, spec: AttachSpec, signal?: AbortSignal): AsyncGenerator<AttachEvent> {
    return attach(this.#link, this.#table, id, spec, signal);
  }

  /** Writes input at an offset, at one of a writer's own, or at the end; answers how many bytes were taken. */
  async sendInput(
    id: string,
    data: Uint8Array,
    at: number | Writer | undefined,
    signal?: AbortSignal,
  ): Promise<{ readonly inAll: number; readonly ofWriter?: number }> {
    const input = this.#inputOf(id);
    if (!input.isOpen) throw this.#closed(id);
    this.#home.touch();
    const late = AbortSignal.timeout(inputWaitMs);
    const deadline = signal ? AbortSignal.any([late, signal]) : late;
    try {
      if (typeof at !== 'object') return { inAll: await input.write(data, at, deadline) };
      const ofWriter = await input.writeOf(at, data, deadline);
      return { inAll: input.taken, ofWriter };
    } catch (error) {
      if (!(error instanceof InputAhead)) throw error;
      const message = `Only ${error.taken} bytes of input have arrived so far: send what is missing first.`;
      throw new ProcessError('out_of_range', message, {
        cause: error,
        field: typeof at === 'object' ? 'writer_offset' : 'offset',
      });
    }
  }

  /** Ends its input. Idempotent. */
  async closeInput(id: string, offset: number | undefined): Promise<void> {
    const input = this.#inputOf(id);
    if (offset !== undefined && input.isOpen && input.taken < offset)
      throw new ProcessError(
        'out_of_range',
        `Only ${input.taken} bytes of input have arrived so far: send what is missing first.`,
        { field: 'offset' },
      );
    this.#home.touch();
    await input.end();
  }

  resize(id: string, size: TerminalSize): void {
    const process = this.#runs.find(id) ? undefined : this.#table.get(id);
    if (!process?.terminal) throw new ProcessError('wrong_state', 'The process has no terminal.');
    if (process.exit) throw ended();
    process.terminal = size;
    process.control.resize(size.cols, size.rows);
  }

  signal(id: string, name: string): void {
    const target = this.#runs.find(id)?.stream ?? this.#table.get(id).control;
    this.#home.touch();
    target.signal(signalNumber(name));
  }

  /** Oldest first. */
  async list(includeEnded: boolean): Promise<ProcessView[]> {
    const views = [...(await lossTold(this.#table.views())), ...this.#runs.views()];
    return views
      .filter(({ exit }) => includeEnded || !exit)
      .toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  }

  #inputOf(id: string): ProcessInput {
    return this.#runs.find(id)?.stream.input ?? this.#table.get(id).control.input;
  }

  #closed(id: string): ProcessError {
    const process = this.#table.find(id);
    if (process?.control.outcome?.type === 'lost') return lost(process.control.outcome.error);
    if (process?.exit) return ended();
    if (!process && !this.#runs.find(id)) return noProcess();
    return new ProcessError('wrong_state', 'The process has no open input: it was closed, or never asked for.');
  }
}

const ended = () => new ProcessError('wrong_state', 'The process has ended.');

const lost = (cause: unknown) =>
  new ProcessError('lost', 'The sandbox ended, or the agent let go of it. Try again.', { cause });

/** Whatever ends the connection to an init is no more than that to a caller. */
async function lossTold<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof ProcessError ? error : lost(error);
  }
}
