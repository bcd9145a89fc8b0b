import { channel, type Closed, frameType, type OutputChannel, ProtocolViolation, stdinWindow } from './frames.ts';
import type { InitStream, SendFrame } from './stream.ts';

/** What may be on the way from a port: enough for full speed, little enough to hold for many. */
const connectionWindow = 256 * 1024;
const connectionKind = 16;
const manyPieces = 64;

/** The port could not be connected to, or the connection broke; `errno` is the kernel's word, 0 where nothing is wrong. */
export class ConnectionFailed extends Error {
  override readonly name = 'ConnectionFailed';
  readonly errno: number;

  constructor(errno: number) {
    super(`The connection to a port of the sandbox failed (errno ${errno}).`);
    this.errno = errno;
  }
}

/** The body of OPEN for a connection. */
export function encodeConnection(port: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(connectionKind, 0);
  body.writeUInt16LE(port, 2);
  body.writeUInt32LE(connectionWindow, 4);
  return body;
}

/**
 * A connection to a TCP port inside a sandbox. Both ways have their credit: taking bytes gives the sandbox new one, and
 * `write` waits for the sandbox's.
 */
export class PortConnection implements InitStream {
  readonly #send: SendFrame;
  readonly #opened = Promise.withResolvers<void>();
  #isOpen = false;
  #waiting: Buffer[] = [];
  #onWire = 0;
  #taken = 0;
  #outputEnded = false;
  #over: { readonly error?: Error } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;
  #inputCredit = stdinWindow;
  #inputEnded = false;

  constructor(send: SendFrame) {
    this.#send = send;
    this.#opened.promise.catch(() => undefined); // whoever opens it may have gone
  }

  /** Resolves when it stands. Throws `ConnectionFailed`, or what ended the connection to the init. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** The next bytes from the port; undefined after its end. Throws `ConnectionFailed` where it broke. */
  async read(): Promise<Buffer | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#over?.error) throw this.#over.error;
      if (this.#over || this.#outputEnded) return undefined;
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
    const bytes = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#giveCredit(bytes.length);
    return bytes;
  }

  /** Sends bytes; resolves when all are on their way. What a connection that is over is sent is dropped. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      while (this.#inputCredit === 0 && !this.#over) await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
      if (this.#over || this.#inputEnded) return;
      const part = rest.subarray(0, this.#inputCredit);
      rest = rest.subarray(part.length);
      this.#inputCredit -= part.length;
      this.#send(frameType.data, part, channel.in);
    }
  }

  /** Nothing more is written: the port sees the end. */
  endInput(): void {
    if (this.#inputEnded || this.#over) return;
    this.#inputEnded = true;
    this.#send(frameType.end, new Uint8Array());
  }

  /** Breaks it off. */
  reset(): void {
    if (!this.#over) this.#send(frameType.reset, new Uint8Array());
  }

  /** Frames for this stream. They throw `ProtocolViolation` where the init may not send them. */
  onOpened(): void {
    if (this.#isOpen) throw new ProtocolViolation('opened twice');
    this.#isOpen = true;
    this.#opened.resolve();
  }

  onData(on: OutputChannel, bytes: Buffer): void {
    if (!this.#isOpen || this.#outputEnded || on !== channel.out)
      throw new ProtocolViolation('data of a connection that cannot have it');
    this.#onWire += bytes.length;
    if (this.#onWire > connectionWindow) throw new ProtocolViolation('more data than it has credit for');
    // What arrived is a view into a large chunk; a small piece that has to wait must not keep all of it.
    this.#waiting.push(bytes.length < 4096 ? Buffer.from(bytes) : bytes);
    // A guest that sends byte by byte to a slow reader costs no more memory than one that sends in large pieces.
    if (this.#waiting.length > manyPieces) this.#waiting = [Buffer.concat(this.#waiting)];
    this.#wakeReader?.();
  }

  onEnd(): void {
    if (!this.#isOpen || this.#outputEnded) throw new ProtocolViolation('an end that cannot be');
    this.#outputEnded = true;
    this.#wakeReader?.();
  }

  onCredit(bytes: number): void {
    this.#inputCredit += bytes;
    if (this.#inputCredit > stdinWindow) throw new ProtocolViolation('more credit than was used');
    this.#wakeWriter?.();
  }

  onClosed({ code, notStarted }: Closed): void {
    if (!this.#isOpen && !notStarted) throw new ProtocolViolation('closed before it was opened');
    this.end(code === 0 && !notStarted ? undefined : new ConnectionFailed(code));
  }

  /** Nothing follows any more. */
  end(error?: Error): void {
    this.#over ??= error ? { error } : {};
    if (error) this.#opened.reject(error);
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** In portions of half a window: a frame for each read would cost more than it helps. */
  #giveCredit(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < connectionWindow / 2 || this.#over || this.#outputEnded) return;
    this.#onWire -= this.#taken;
    const credit = Buffer.alloc(4);
    credit.writeUInt32LE(this.#taken, 0);
    this.#send(frameType.credit, credit, channel.out);
    this.#taken = 0;
  }
}
