import {
  channel,
  type Closed,
  frameType,
  type InitStream,
  type OutputChannel,
  outputWindow,
  ProtocolViolation,
  type SendFrame,
  stdinWindow,
} from '../init/index.ts';

/**
 * One deed of the init's child: bytes go in, bytes come out, then it has ended. Both ways are within the credit of the
 * link, so a slow side slows the other one down.
 */
export class FileStream implements InitStream {
  readonly #send: SendFrame;
  readonly #output: Buffer[] = [];
  readonly #closed = Promise.withResolvers<Closed>();
  #opened = false;
  #over = false;
  #error: Error | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;
  #onWire = 0;
  #taken = 0;
  #inputCredit = stdinWindow;

  constructor(send: SendFrame) {
    this.#send = send;
    this.#closed.promise.catch(() => undefined);
  }

  /** Fulfilled when it has ended; throws what ended the connection to the init before. */
  get closed(): Promise<Closed> {
    return this.#closed.promise;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** The next bytes of its answer; undefined after the last. Throws what ended the connection to the init. */
  async next(): Promise<Buffer | undefined> {
    while (this.#output.length === 0) {
      if (this.#error) throw this.#error;
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
    const bytes = this.#output.shift()!; // the loop has seen one
    this.#giveCredit(bytes.length);
    return bytes;
  }

  /** Takes bytes and answers when there is room for more. What comes after its end is dropped. */
  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && !this.#over) {
      const part = rest.subarray(0, this.#inputCredit);
      if (part.length > 0) {
        this.#inputCredit -= part.length;
        rest = rest.subarray(part.length);
        this.#send(frameType.data, part, channel.in);
      }
      while (this.#inputCredit === 0 && !this.#over) await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    }
  }

  /** There is nothing more to write. */
  endInput(): void {
    if (!this.#over) this.#send(frameType.end, new Uint8Array());
  }

  /** Kills it. */
  reset(): void {
    if (!this.#over) this.#send(frameType.reset, new Uint8Array());
  }

  /** Nobody waits for its end any more, which may be long in coming. What it still says is dropped. */
  letGo(reason: unknown): void {
    if (!this.#over) this.end(reason instanceof Error ? reason : new Error('The caller has gone.'));
  }

  /** Frames for this stream. They throw `ProtocolViolation` where the init may not send them. */
  onOpened(): void {
    if (this.#opened) throw new ProtocolViolation('opened twice');
    this.#opened = true;
  }

  onData(on: OutputChannel, bytes: Buffer): void {
    if (!this.#opened || on !== channel.out) throw new ProtocolViolation('data that a file stream does not have');
    this.#onWire += bytes.length;
    if (this.#onWire > outputWindow) throw new ProtocolViolation('more output than it has credit for');
    if (this.#error) return;
    this.#output.push(bytes);
    this.#wakeReader?.();
  }

  onCredit(bytes: number): void {
    this.#inputCredit += bytes;
    if (this.#inputCredit > stdinWindow) throw new ProtocolViolation('more credit than was used');
    this.#wakeWriter?.();
  }

  onClosed(result: Closed): void {
    if (!this.#opened && !result.notStarted) throw new ProtocolViolation('closed before it was opened');
    this.#closed.resolve(result);
    this.#end();
  }

  end(error: Error): void {
    this.#error ??= error;
    this.#closed.reject(error);
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  #giveCredit(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < outputWindow / 2 || this.#over) return;
    this.#onWire -= this.#taken;
    const credit = Buffer.allocUnsafe(4);
    credit.writeUInt32LE(this.#taken, 0);
    this.#taken = 0;
    this.#send(frameType.credit, credit, channel.out);
  }
}
