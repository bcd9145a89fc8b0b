import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';
import { ConnectionBroken } from './exchange.ts';

/** How long nothing may go forward before a copy gives up. */
const patienceMs = 120_000;
const longestWaitMs = 5_000;

/**
 * Unavailable: the server or the host is away. Aborted: our own broken call is not over yet on the other side, and moved
 * on since it was asked where it is where the offset is wrong.
 */
const passing = new Set([Code.Unavailable, Code.Aborted, Code.OutOfRange]);

const mayPass = (error: unknown): boolean =>
  error instanceof ConnectionBroken || (error instanceof ConnectError && passing.has(error.code));

/**
 * Tries until it succeeds, or fails for a reason that time does not heal. `attempt` calls `advanced` when something has
 * gone forward; patience begins anew with that.
 */
export async function untilDone<Result>(
  signal: AbortSignal,
  onBreak: () => void,
  attempt: (advanced: () => void) => Promise<Result>,
): Promise<Result> {
  let lastAdvanceMs = performance.now();
  let waitMs = 100;
  for (;;) {
    try {
      return await attempt(() => {
        lastAdvanceMs = performance.now();
        waitMs = 100;
      });
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      if (performance.now() - lastAdvanceMs > patienceMs)
        throw new CliError('The connection broke and did not come back.', exitCodes.unavailable, { cause: error });
      onBreak();
      await delay(waitMs, undefined, { signal });
      waitMs = Math.min(longestWaitMs, waitMs * 2);
    }
  }
}
