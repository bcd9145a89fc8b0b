import { Code, ConnectError, type Client } from '@connectrpc/connect';
import type { ProcessService } from '#proto/muster/v1/process_pb.js';
import { backoffMs } from '../live/backoff.ts';

interface InputOptions {
  readonly processes: Pick<Client<typeof ProcessService>, 'sendInput'>;
  readonly sandboxId: string;
  readonly processId: string;
  /** Names us among all who type into the same terminal. */
  readonly writer: string;
  readonly signal: AbortSignal;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** What was typed could not be delivered, and is forgotten. */
  readonly onRefused: () => void;
}

/** The server takes so much in one call. */
const callBytes = 65_536;
/** More than this is not held for a process that does not read. */
const heldBytes = 4 * 1024 * 1024;

/**
 * What is typed, on its way to a terminal: one call after the other, each with all that has gathered meanwhile. Each says
 * where its bytes begin among ours, so that one that was lost is made again and nothing arrives twice, whoever else types.
 */
export class Input {
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;
  #sending = false;
  /** How many bytes of ours the process has taken in all. */
  #taken = 0n;
  #options: InputOptions;

  constructor(options: InputOptions) {
    this.#options = options;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0) return;
    if (this.#held + bytes.length > heldBytes) return this.#options.onRefused();
    this.#waiting.push(bytes);
    this.#held += bytes.length;
    if (!this.#sending) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#held > 0 && !this.#options.signal.aborted) await this.#deliver(this.#gather());
    } catch {
      this.#waiting = [];
      this.#held = 0;
      if (!this.#options.signal.aborted) this.#options.onRefused();
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
    const { processes, sandboxId, processId, writer, signal, wait } = this.#options;
    let left = data;
    let failures = 0;
    while (left.length > 0) {
      const writerOffset = this.#taken;
      try {
        const answer = await processes.sendInput(
          { sandboxId, processId, data: left, writer, writerOffset },
          { signal },
        );
        failures = 0;
        // An older agent says nothing of writers, and has taken all of it.
        this.#taken = answer.writerOffset ?? writerOffset + BigInt(left.length);
        left = left.slice(Number(this.#taken - writerOffset));
      } catch (error) {
        if (signal.aborted || finalCodes.has(ConnectError.from(error).code)) throw error;
        failures += 1;
        await wait(backoffMs(failures, Math.random()), signal);
        if (signal.aborted) throw error;
      }
    }
  }
}

/** Answers that another try would not change. Everything else may or may not have arrived, and is sent again. */
const finalCodes = new Set([
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.NotFound,
  Code.InvalidArgument,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
]);
