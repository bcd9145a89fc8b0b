import { EventQueue } from './queue.ts';
import { type Closed, frameType, type OutputChannel, ProtocolViolation, stdinWindow } from './frames.ts';
import { ProcessInput } from './input.ts';
import type { InitStream, SendFrame } from './stream.ts';

/** What a process does, in order: `opened` first, `closed` last. `opened` is missing where it was not started. */
export type ProcessEvent =
  | { readonly type: 'opened'; readonly pid: number }
  | { readonly type: 'data'; readonly channel: OutputChannel; readonly bytes: Buffer }
  | { readonly type: 'closed'; readonly result: Closed };

/** What stdout and stderr may each have on the way: enough for full speed, little enough to hold for many. */
export const outputWindow = 256 * 1024;

/**
 * One process as the agent holds it. Its output waits here until `next` takes it, within the credit that the init was
 * given; taking it gives new credit, so a slow reader slows the process down.
 */
export class ProcessStream implements InitStream {
  readonly #send: SendFrame;
  readonly #events = new EventQueue();
  readonly #onWire = [0, 0, 0];
  readonly #taken = [0, 0, 0];
  #opened = false;
  #over: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;
  /** Its standard input. */
  readonly input: ProcessInput;

  constructor(send: SendFrame) {
    this.#send = send;
    this.input = new ProcessInput(send, stdinWindow);
  }

  /** The next thing it did; undefined after `closed`. Throws what ended the connection to the init. */
  async next(): Promise<ProcessEvent | undefined> {
    let event = this.#events.shift();
    while (!event) {
      if (this.#over?.error) throw this.#over.error;
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      event = this.#events.shift();
    }
    if (event.type === 'data') this.#giveCredit(event.channel, event.bytes.length);
    return event;
  }

  /** Sends a signal to its process group. */
  signal(number: number): void {
    if (!this.#over) this.#send(frameType.signal, u32(number));
  }

  /** Kills it with all that belongs to it. `closed` still follows. */
  reset(): void {
    if (!this.#over) this.#send(frameType.reset, new Uint8Array());
  }

  /** Frames for this stream. They throw `ProtocolViolation` where the init may not send them. */
  onOpened(pid: number): void {
    if (this.#opened) throw new ProtocolViolation('opened twice');
    this.#opened = true;
    this.#add({ type: 'opened', pid });
  }

  onData(on: OutputChannel, bytes: Buffer): void {
    if (!this.#opened) throw new ProtocolViolation('data of a process that was not opened');
    this.#onWire[on]! += bytes.length;
    if (this.#onWire[on]! > outputWindow) throw new ProtocolViolation('more output than it has credit for');
    this.#add({ type: 'data', channel: on, bytes });
  }

  onCredit(bytes: number): void {
    this.input.onCredit(bytes);
  }

  onClosed(result: Closed): void {
    if (!this.#opened && !result.notStarted) throw new ProtocolViolation('closed before it was opened');
    this.#add({ type: 'closed', result });
    this.end();
  }

  /** Nothing follows any more. */
  end(error?: Error): void {
    this.#over ??= error ? { error } : {};
    this.input.close();
    this.#wake?.();
  }

  #add(event: ProcessEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  /** In portions of half a window: a frame for each read would cost more than it helps. */
  #giveCredit(on: OutputChannel, bytes: number): void {
    this.#taken[on]! += bytes;
    if (this.#taken[on]! < outputWindow / 2 || this.#over) return;
    this.#onWire[on]! -= this.#taken[on]!;
    this.#send(frameType.credit, u32(this.#taken[on]!), on);
    this.#taken[on] = 0;
  }
}

function u32(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(number, 0);
  return bytes;
}
