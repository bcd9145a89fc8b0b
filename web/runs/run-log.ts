import { createClient, type Transport } from '@connectrpc/connect';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { ProcessService, type RunExit } from '#proto/muster/v1/process_pb.js';
import { toProblem, type Problem } from '../problems/problem.ts';
import { noOutput, plainText, withOutput, type Output } from './output.ts';

/** How a command ended. */
export type RunEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly signal: string; readonly timedOut: boolean }
  | { readonly kind: 'canceled' }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** One command that was run from the console. */
export interface Run {
  readonly number: number;
  readonly command: string;
  readonly startedMs: number;
  /** Wall-clock time; the host's own measure where it told it. Undefined while the command runs. */
  readonly tookMs: number | undefined;
  readonly output: Output;
  readonly end: RunEnd | undefined;
}

type Listener = () => void;

/** Output is shown at most so often: a flood must not keep the page from answering. */
const showEveryMs = 60;

const none: readonly Run[] = [];

/** The commands run from this page, by sandbox. They go on while one looks at other pages; nothing is kept on the server. */
export class RunLog {
  #runs = new Map<string, readonly Run[]>();
  #controllers = new Map<Run['number'], AbortController>();
  #listeners = new Set<Listener>();
  #telling: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The newest last. */
  runs = (sandboxId: string): readonly Run[] => this.#runs.get(sandboxId) ?? none;

  cancel(run: Run): void {
    this.#controllers.get(run.number)?.abort();
  }

  /** Runs a command line through the sandbox's shell. */
  start(sandboxId: string, command: string): void {
    const run: Run = {
      number: (this.#count += 1),
      command,
      startedMs: Date.now(),
      tookMs: undefined,
      output: noOutput,
      end: undefined,
    };
    const controller = new AbortController();
    this.#controllers.set(run.number, controller);
    this.#runs.set(sandboxId, [...this.runs(sandboxId), run]);
    this.#tell();
    void this.#follow(sandboxId, run, controller.signal).finally(() => this.#controllers.delete(run.number));
  }

  async #follow(sandboxId: string, run: Run, signal: AbortSignal): Promise<void> {
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    const change = (part: (before: Run) => Partial<Run>) => this.#change(sandboxId, run.number, part);
    const end = (how: RunEnd, tookMs = Date.now() - run.startedMs) => change(() => ({ end: how, tookMs }));
    try {
      const answers = createClient(ProcessService, this.#transport).run(
        { sandboxId, argv: ['sh', '-c', run.command] },
        { signal },
      );
      let exit: RunExit | undefined;
      for await (const { event } of answers) {
        if (event.case === 'exit') exit = event.value;
        if (event.case !== 'stdout' && event.case !== 'stderr') continue;
        const text = plainText(decoders[event.case].decode(event.value, { stream: true }));
        const from = event.case;
        change(({ output }) => ({ output: withOutput(output, from, text) }));
      }
      if (exit === undefined)
        return end({
          kind: 'refused',
          problem: toProblem(new Error('the command’s stream ended without its exit code')),
        });
      end(
        { kind: 'exited', code: exit.code, signal: exit.signal, timedOut: exit.timedOut },
        exit.duration && durationMs(exit.duration),
      );
    } catch (error) {
      end(signal.aborted ? { kind: 'canceled' } : { kind: 'refused', problem: toProblem(error) });
    }
  }

  #change(sandboxId: string, number: number, part: (before: Run) => Partial<Run>): void {
    this.#runs.set(
      sandboxId,
      this.runs(sandboxId).map((run) => (run.number === number ? { ...run, ...part(run) } : run)),
    );
    this.#telling ??= setTimeout(() => this.#tell(), showEveryMs);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#listeners.forEach((tell) => tell());
  }
}
