import { randomUUID } from 'node:crypto';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Session } from '../../session/session.ts';
import { isLost, Patience } from './retry.ts';

const mostAtOnce = 65_536;

/** Where input goes. */
export interface InputTarget {
  readonly sandboxId: string;
  readonly processId: string;
}

/**
 * Sends input in order, one call after the other; what is typed meanwhile goes together with the next. Each call says
 * where its bytes begin among ours, so one whose answer was lost is simply made again, whoever else writes there, too.
 */
export class Keyboard {
  readonly #session: Session;
  readonly #target: InputTarget;
  readonly #signal: AbortSignal;
  readonly #writer = randomUUID();
  #offset = 0n;
  #waiting = Buffer.alloc(0);
  #sending: Promise<void> | undefined;

  constructor(session: Session, target: InputTarget, signal: AbortSignal) {
    this.#session = session;
    this.#target = target;
    this.#signal = signal;
  }

  /** Sends it soon. */
  type(bytes: Uint8Array): void {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  /** Sends it all. Resolves when it was taken, or when nobody takes it any more. */
  async write(bytes: Uint8Array): Promise<void> {
    this.type(bytes);
    await this.#sending;
  }

  /** Ends the input after all of it. */
  async end(): Promise<void> {
    const { sandboxId, processId } = this.#target;
    await this.#sending;
    await this.#patiently(() => this.#session.processes.closeInput({ sandboxId, processId }, { signal: this.#signal }));
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const data = this.#waiting.subarray(0, mostAtOnce);
      const { sandboxId, processId } = this.#target;
      const request = { sandboxId, processId, data, writer: this.#writer, writerOffset: this.#offset };
      const answer = await this.#patiently(() => this.#session.processes.sendInput(request, { signal: this.#signal }));
      if (!answer) {
        this.#waiting = Buffer.alloc(0);
        return;
      }
      const taken = answer.writerOffset ?? this.#offset + BigInt(data.length);
      this.#waiting = this.#waiting.subarray(Number(taken - this.#offset));
      this.#offset = taken;
    }
  }

  /** Asks again where the way was interrupted; undefined where the process takes nothing any more. */
  async #patiently<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
    const patience = new Patience();
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (this.#signal.aborted) return undefined;
        if (isOver(error)) return undefined;
        if (!isLost(error)) throw error;
        await patience.wait(this.#signal).catch(() => undefined);
      }
    }
  }
}

/** The process has ended, or its input has. */
const isOver = (error: unknown): boolean =>
  error instanceof ConnectError && (error.code === Code.FailedPrecondition || error.code === Code.NotFound);
