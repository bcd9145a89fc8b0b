import { Code, ConnectError, type Client } from '@connectrpc/connect';
import type { ProcessService } from '#proto/muster/v1/process_pb.js';
import { backoffMs } from '../live/backoff.ts';

interface InputOptions {
  readonly processes: Pick<Client<typeof ProcessService>, 'sendInput'>;
  readonly sandboxId: string;
  readonly processId: string;
  readonly signal: AbortSignal;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** What was typed could not be delivered, and is forgotten. */
  readonly onRefused: (error: unknown) => void;
}

/** The server takes so much in one call. */
const callBytes = 65_536;
/** More than this is not held for a process that does not read. */
const heldBytes = 4 * 1024 * 1024;

/**
 * What is typed, on its way to a terminal: one call after the other, each with all that has gathered meanwhile. Keys are
 * appended without an offset, because other people may type into the same terminal; only a call that was lost is
 * repeated with one, so that nothing arrives twice.
 */
export class Input {
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;
  #sending = false;
  /** How many bytes the process had taken in all, as the last answer told. */
  #taken: bigint;
  #options: InputOptions;

  constructor(options: InputOptions, taken: bigint) {
    this.#options = options;
    this.#taken = taken;
  }

  /** What the stream says was taken, when it is attached again. */
  observe(taken: bigint): void {
    if (!this.#sending) this.#taken = taken;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0 || this.#held + bytes.length > heldBytes) return;
    this.#waiting.push(bytes);
    this.#held += bytes.length;
    if (!this.#sending) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#held > 0 && !this.#options.signal.aborted) await this.#deliver(this.#gather());
    } catch (error) {
      this.#waiting = [];
      this.#held = 0;
      if (!this.#options.signal.aborted) this.#options.onRefused(error);
    } finally {
      this.#sending = false;
    }
  }

  #gather(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#held);
    let at = 0;
    for (const part of this.#waiting) {
      all.set(part, at);
      at += part.length;
    }
    const [now, later] = [all.slice(0, callBytes), all.slice(callBytes)];
    this.#waiting = later.length > 0 ? [later] : [];
    this.#held = later.length;
    return now;
  }

  async #deliver(data: Uint8Array<ArrayBuffer>): Promise<void> {
    const { processes, sandboxId, processId, signal, wait } = this.#options;
    let left = data;
    let lost = 0;
    while (left.length > 0) {
      const before = this.#taken;
      try {
        const repeated = lost > 0 ? { offset: before } : {};
        const { offset } = await processes.sendInput({ sandboxId, processId, data: left, ...repeated }, { signal });
        lost = 0;
        this.#taken = offset;
        const took = Number(offset - before);
        left = left.slice(Math.min(left.length, Math.max(0, took)));
      } catch (error) {
        if (signal.aborted || !isLost(error)) throw error;
        lost += 1;
        await wait(backoffMs(lost, Math.random()), signal);
        if (signal.aborted) throw error;
      }
    }
  }
}

/** Whether a call may or may not have arrived, and is worth repeating. */
function isLost(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Unavailable || code === Code.Unknown || code === Code.DeadlineExceeded || code === Code.Aborted;
}
