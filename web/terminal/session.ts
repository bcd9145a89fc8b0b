import { createClient, type Client, type Transport } from '@connectrpc/connect';
import { ProcessService, type Process, type RunExit } from '#proto/muster/v1/process_pb.js';
import { follow, type Phase } from '../live/follow.ts';
import { randomId } from '../random-id.ts';
import { Input } from './input.ts';

/** What shows a session. */
export interface Screen {
  /** Shows output. Resolves when it can take more. `replayed` for what was written before this attachment. */
  readonly write: (bytes: Uint8Array, replayed: boolean) => Promise<void>;
  /** Says something that does not come from the process. */
  readonly note: (text: string) => void;
}

/** What is known of a session. */
export interface SessionState {
  readonly phase: Phase;
  readonly exit: RunExit | undefined;
  readonly error: unknown;
}

interface SessionOptions {
  readonly transport: Transport;
  readonly sandboxId: string;
  readonly processId: string;
  readonly screen: Screen;
  readonly onChange: (state: SessionState) => void;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** Attached terminals say nothing while nothing happens. */
const anySilenceMs = 2 ** 31 - 1;

/** One terminal process and the screen that it is attached to: reads from where it was, writes in order, resizes. */
export class TerminalSession {
  #offset: bigint | undefined;
  #exit: RunExit | undefined;
  #size: Size | undefined;
  #resizing = false;
  #reading: AbortController | undefined;
  #leave = new AbortController();
  #input: Input;
  #processes: Client<typeof ProcessService>;
  #options: SessionOptions;

  constructor(options: SessionOptions) {
    const { transport, sandboxId, processId, screen, wait } = options;
    this.#options = options;
    this.#processes = createClient(ProcessService, transport);
    this.#input = new Input({
      processes: this.#processes,
      sandboxId,
      processId,
      writer: randomId(),
      signal: this.#leave.signal,
      wait,
      onRefused: () => this.#exit ?? screen.note('What was typed did not arrive.'),
    });
  }

  /** Reads, from where it was, until the process ends, or `rest` or `detach` is called. */
  async attach(): Promise<void> {
    const { onChange, wait, processId } = this.#options;
    if (this.#reading !== undefined || this.#leave.signal.aborted) return;
    this.#reading = new AbortController();
    const signal = AbortSignal.any([this.#leave.signal, this.#reading.signal]);
    await follow<true, true>(
      { key: processId, silenceMs: anySilenceMs, open: (connection) => this.#read(connection), reduce: () => true },
      {
        signal,
        wait,
        onChange: ({ phase, error }) => onChange({ phase, error, exit: this.#exit }),
      },
    );
  }

  /** Stops reading for a while: browsers share few connections between all tabs. */
  rest(): void {
    this.#reading?.abort();
    this.#reading = undefined;
  }

  /** Goes; the process stays. */
  detach(): void {
    this.#leave.abort();
  }

  type(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#exit === undefined) this.#input.send(bytes);
  }

  /** Tells the process how large its terminal is; of several sizes in a row only the last counts. */
  resize(size: Size): void {
    this.#size = size;
    if (!this.#resizing) void this.#tellSize();
  }

  async #tellSize(): Promise<void> {
    const { sandboxId, processId } = this.#options;
    this.#resizing = true;
    let told: Size | undefined;
    while (this.#size !== told && this.#exit === undefined && !this.#leave.signal.aborted) {
      told = this.#size;
      // A size that is lost comes with the next attachment.
      await this.#processes.resizeTerminal({ sandboxId, processId, terminal: told }).catch(() => undefined);
    }
    this.#resizing = false;
  }

  async *#read(signal: AbortSignal): AsyncGenerator<true> {
    const { sandboxId, processId, screen } = this.#options;
    let replayTo = 0n;
    const answers = this.#processes.attachProcess(
      { sandboxId, processId, offset: this.#offset, hold: true },
      { signal },
    );
    for await (const { event } of answers) {
      switch (event.case) {
        case 'attached':
          replayTo = this.#begin(event.value);
          break;
        case 'output': {
          const bytes = event.value.data.value ?? new Uint8Array();
          await screen.write(bytes, event.value.offset < replayTo);
          this.#offset = event.value.offset + BigInt(bytes.length);
          break;
        }
        case 'gap':
          this.#offset = event.value.to;
          screen.note(`${bytesInWords(event.value.to - event.value.from)} of output are not kept any more.`);
          break;
        case 'exit':
          this.#end(event.value);
          return;
        case undefined:
          break;
      }
      yield true;
    }
  }

  /** Answers up to where output is a replay. */
  #begin(process: Process): bigint {
    const { screen } = this.#options;
    if (this.#offset === undefined && process.oldestOffset > 0n)
      screen.note(`The first ${bytesInWords(process.oldestOffset)} of output are not kept any more.`);
    this.#offset ??= process.oldestOffset;
    if (this.#size) this.resize({ ...this.#size });
    return process.outputOffset;
  }

  #end(exit: RunExit): void {
    this.#exit = exit;
    this.#options.onChange({ phase: 'live', exit, error: undefined });
    this.#leave.abort();
  }
}

const bytesInWords = (count: bigint): string => (count === 1n ? '1 byte' : `${count.toLocaleString('en')} bytes`);
