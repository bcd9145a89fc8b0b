import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';

/** What the answer of a call that was lost looks like; everything else is an answer. */
const lost = new Set([
  Code.Unavailable,
  Code.Canceled,
  Code.Unknown,
  Code.Aborted,
  Code.DeadlineExceeded,
  Code.Internal,
]);

/** Whether it is worth to ask again: the way to the sandbox was interrupted. */
export const isLost = (error: unknown): boolean => !(error instanceof ConnectError) || lost.has(error.code);

const firstMs = 100;
const longestMs = 2000;

/** Waits longer each time, until it is told that it went well. */
export class Patience {
  #nextMs = firstMs;

  async wait(signal: AbortSignal): Promise<void> {
    const waitMs = this.#nextMs;
    this.#nextMs = Math.min(longestMs, waitMs * 2);
    await delay(waitMs, undefined, { signal });
  }

  reset(): void {
    this.#nextMs = firstMs;
  }
}
