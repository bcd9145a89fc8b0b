import { type Closed, frameType, ProtocolViolation } from '../frames.ts';
import { ProcessInput } from '../input.ts';
import type { InitStream, SendFrame } from '../stream.ts';

/** How a process that outlives the connection stands, seen from this one. */
export type ControlEnd =
  | { readonly type: 'ended'; readonly result: Closed }
  /** The connection to the init has ended; the process goes on. */
  | { readonly type: 'lost'; readonly error: Error };

/** The stream of a process that outlives the connection: its input, its signals, its size, its end. Output has streams of its own. */
export class ControlStream implements InitStream {
  readonly input: ProcessInput;
  readonly #send: SendFrame;
  readonly #opened = Promise.withResolvers<number>();
  readonly #ended = Promise.withResolvers<ControlEnd>();
  #isOpened = false;
  #end: ControlEnd | undefined;

  /** `credit` is that of its input: all of it for a new process, none for one that another connection has begun. */
  constructor(send: SendFrame, credit: number) {
    this.#send = send;
    this.#opened.promise.catch(() => undefined); // whoever opened it may have gone
    this.input = new ProcessInput(send, credit);
  }

  /** Its pid; rejected with the link's error. What could not be started has `ended` with `notStarted` and resolves to 0. */
  get opened(): Promise<number> {
    return this.#opened.promise;
  }

  /** Resolves when it has ended, or is lost. */
  get ended(): Promise<ControlEnd> {
    return this.#ended.promise;
  }

  /** How it ended; undefined while it runs. */
  get outcome(): ControlEnd | undefined {
    return this.#end;
  }

  signal(number: number): void {
    if (!this.#end) this.#send(frameType.signal, Buffer.from(Uint32Array.of(number).buffer));
  }

  resize(cols: number, rows: number): void {
    if (!this.#end) this.#send(frameType.resize, Buffer.from(Uint16Array.of(cols, rows).buffer));
  }

  onOpened(pid: number): void {
    if (this.#isOpened) throw new ProtocolViolation('opened twice');
    this.#isOpened = true;
    this.#opened.resolve(pid);
  }

  onPlace(offset: number): void {
    if (this.input.taken !== 0) throw new ProtocolViolation('a place in what has begun');
    this.input.onPlace(offset);
  }

  onCredit(bytes: number): void {
    this.input.onCredit(bytes);
  }

  onData(): void {
    throw new ProtocolViolation('output on the stream of a kept process');
  }

  onClosed(result: Closed): void {
    if (!this.#isOpened && !result.notStarted) throw new ProtocolViolation('closed before it was opened');
    this.#finish({ type: 'ended', result });
    this.#opened.resolve(0);
  }

  end(error: Error): void {
    this.#finish({ type: 'lost', error });
    this.#opened.reject(error);
  }

  #finish(end: ControlEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.input.close();
    this.#ended.resolve(end);
  }
}
