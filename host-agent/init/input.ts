import { channel, frameType, ProtocolViolation, stdinWindow } from './frames.ts';
import type { SendFrame } from './stream.ts';

/** Input begins behind what has arrived. */
export class InputAhead extends Error {
  override readonly name = 'InputAhead';
  /** How much has arrived. */
  readonly taken: number;

  constructor(taken: number) {
    super(`Only ${taken} bytes of input have arrived so far.`);
    this.taken = taken;
  }
}

/** Who writes, where several may, and how much of theirs stands before. */
export interface Writer {
  readonly name: string;
  readonly offset: number;
}

/** So many writers of one process are known at a time; who has not written for longest is forgotten first. */
const knownWriters = 64;

/** The input of a process: what is written goes to the init as its credit allows, one write after the other. */
export class ProcessInput {
  readonly #send: SendFrame;
  #credit: number;
  #taken: number;
  #state: 'open' | 'ended' | 'closed' = 'open';
  #last: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  /** How much of each has been taken. */
  readonly #writers = new Map<string, number>();

  /** `taken` are the bytes that a predecessor wrote. */
  constructor(send: SendFrame, credit: number, taken = 0) {
    this.#send = send;
    this.#credit = credit;
    this.#taken = taken;
  }

  /** Whether it still takes something. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** How many bytes it has taken in all. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Writes what has not been taken yet of the bytes at this offset (undefined: at the end). Waits for room until the
   * deadline; answers how many bytes have been taken in all. Throws `InputAhead`.
   */
  write(bytes: Uint8Array, offset: number | undefined, deadline: AbortSignal): Promise<number> {
    return this.#inTurn(() => this.#writeFrom(offset ?? this.#taken, bytes, deadline));
  }

  /** The same, with the writer's own count of bytes instead of the process's; answers how many of theirs have been taken. */
  writeOf({ name, offset }: Writer, bytes: Uint8Array, deadline: AbortSignal): Promise<number> {
    return this.#inTurn(async () => {
      const before = this.#writers.get(name) ?? offset;
      if (offset > before) throw new InputAhead(before);
      const all = this.#taken;
      const now = before + (await this.#writeFrom(all - (before - offset), bytes, deadline)) - all;
      this.#writers.delete(name);
      this.#writers.set(name, now);
      for (const [longest] of this.#writers) if (this.#writers.size > knownWriters) this.#writers.delete(longest);
      return now;
    });
  }

  /** Writes all of it, however long that takes. */
  writeAll(bytes: Uint8Array): Promise<number> {
    return this.write(bytes, undefined, new AbortController().signal);
  }

  /** Ends it after all that was written before. Idempotent. */
  end(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== 'open') return;
      this.#state = 'ended';
      this.#send(frameType.end, new Uint8Array());
    });
  }

  /** The process, or the connection to it, is gone. */
  close(): void {
    this.#state = 'closed';
    this.#wake?.();
  }

  /** What the init says of where its input stands, before anything is written. */
  onPlace(taken: number): void {
    this.#taken = taken;
  }

  onCredit(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > stdinWindow) throw new ProtocolViolation('more credit than was used');
    this.#wake?.();
  }

  #push(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.#credit);
    if (part.length === 0) return;
    this.#credit -= part.length;
    this.#taken += part.length;
    this.#send(frameType.data, part, channel.in);
  }

  async #writeFrom(begin: number, bytes: Uint8Array, deadline: AbortSignal): Promise<number> {
    if (begin > this.#taken) throw new InputAhead(this.#taken);
    while (this.#state === 'open' && !deadline.aborted) {
      this.#push(bytes.subarray(this.#taken - begin));
      if (this.#taken >= begin + bytes.length) break;
      await this.#room(deadline);
    }
    return this.#taken;
  }

  async #room(deadline: AbortSignal): Promise<void> {
    const room = Promise.withResolvers<void>();
    this.#wake = room.resolve;
    const late = () => room.resolve();
    deadline.addEventListener('abort', late, { once: true });
    await room.promise;
    deadline.removeEventListener('abort', late);
  }

  /** At once where nobody waits: a keystroke must not take a turn of the loop. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last ? this.#last.then(task, task) : task();
    const last = done.then(
      () => undefined,
      () => undefined,
    );
    this.#last = last;
    void last.then(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return done;
  }
}
