import { type Closed, frameType, type OutputChannel, ProtocolViolation } from '../frames.ts';
import type { InitStream, SendFrame } from '../stream.ts';
import { OutputQueue } from './queue.ts';

/** What a reader sees, in order: `closed` is the last. */
export type OutputEvent =
  | { readonly type: 'opened' }
  | { readonly type: 'output'; readonly offset: number; readonly channel: OutputChannel; readonly bytes: Buffer }
  /** Output between these two offsets is not kept any more. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  | { readonly type: 'closed'; readonly result: Closed };

/** What stdout and stderr may each have on the way to a reader. */
export const readerWindow = 128 * 1024;

/** One reader of the output of a process that outlives the connection. Taking output gives new credit. */
export class OutputStream implements InitStream {
  readonly #send: SendFrame;
  readonly #queue = new OutputQueue();
  readonly #onWire = [0, 0, 0];
  readonly #taken = [0, 0, 0];
  #isOpened = false;
  #openedTold = false;
  #left = false;
  #result: Closed | undefined;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  /** Of the next byte to arrive, and to be taken. */
  #arriving: number;
  #next: number;

  constructor(send: SendFrame, offset: number) {
    this.#send = send;
    this.#arriving = offset;
    this.#next = offset;
  }

  /** The next thing; undefined after `closed`. Throws what ended the connection to the init. */
  async next(): Promise<OutputEvent | undefined> {
    for (;;) {
      if (this.#isOpened && !this.#openedTold) {
        this.#openedTold = true;
        return { type: 'opened' };
      }
      const piece = this.#queue.shift();
      if (piece?.type === 'place') {
        const from = this.#next;
        this.#next = piece.offset;
        return { type: 'gap', from, to: piece.offset };
      }
      if (piece) {
        const offset = this.#next;
        this.#next += piece.bytes.length;
        this.#giveCredit(piece.channel, piece.bytes.length);
        return { type: 'output', offset, channel: piece.channel, bytes: piece.bytes };
      }
      if (this.#result) {
        const result = this.#result;
        this.#result = undefined;
        this.#left = true;
        return { type: 'closed', result };
      }
      if (this.#error) throw this.#error;
      if (this.#left) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Reads no more. The process is not disturbed. */
  leave(): void {
    if (this.#left || this.#result || this.#error) return;
    this.#left = true;
    this.#send(frameType.reset, new Uint8Array());
    this.#wake?.();
  }

  onOpened(): void {
    if (this.#isOpened) throw new ProtocolViolation('opened twice');
    this.#isOpened = true;
    this.#wake?.();
  }

  onPlace(offset: number): void {
    if (!this.#isOpened || offset < this.#arriving) throw new ProtocolViolation('output that goes back');
    if (offset === this.#arriving || this.#left) return;
    this.#arriving = offset;
    this.#queue.pushPlace(offset);
    this.#wake?.();
  }

  onData(on: OutputChannel, bytes: Buffer): void {
    if (!this.#isOpened) throw new ProtocolViolation('output of a stream that was not opened');
    this.#onWire[on]! += bytes.length;
    if (this.#onWire[on]! > readerWindow) throw new ProtocolViolation('more output than it has credit for');
    this.#arriving += bytes.length;
    if (this.#left) return;
    this.#queue.push(on, bytes);
    this.#wake?.();
  }

  onCredit(): void {
    throw new ProtocolViolation('credit for a reader');
  }

  onClosed(result: Closed): void {
    if (!this.#isOpened && !result.notStarted) throw new ProtocolViolation('closed before it was opened');
    if (!this.#left) this.#result = result;
    this.#wake?.();
  }

  end(error: Error): void {
    this.#error = error;
    this.#wake?.();
  }

  #giveCredit(on: OutputChannel, bytes: number): void {
    this.#taken[on]! += bytes;
    if (this.#taken[on]! < readerWindow / 2 || this.#left || this.#result || this.#error) return;
    this.#onWire[on]! -= this.#taken[on]!;
    const more = Buffer.alloc(4);
    more.writeUInt32LE(this.#taken[on]!);
    this.#send(frameType.credit, more, on);
    this.#taken[on] = 0;
  }
}
