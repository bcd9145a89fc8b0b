import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '#proto/muster/v1/errors_pb.js';
import type { Session } from './session.ts';

const firstWaitMs = 500;
const longestWaitMs = 10_000;

/** The server says that it goes, or that what the caller may see has changed: the next stream shows it. */
const goes: readonly Code[] = [Code.Unavailable, Code.Aborted];

/** Without our detail nobody of ours has answered: the connection broke, whatever the transport calls that. */
function isBreak(error: unknown): boolean {
  const failure = ConnectError.from(error);
  return goes.includes(failure.code) || failure.findDetails(ErrorInfoSchema).length === 0;
}

/**
 * A stream that is opened again when it breaks, also across restarts of the control plane. Never ends by itself: who reads it
 * knows when it is over. Throws what `open` throws, and what is no break.
 */
export async function* acrossBreaks<Message>(
  session: Pick<Session, 'stderr' | 'signal'>,
  open: () => AsyncIterable<Message>,
): AsyncGenerator<Message> {
  let heard = false;
  let waitMs = firstWaitMs;
  for (;;) {
    const stream = open();
    try {
      for await (const message of stream) {
        heard = true;
        waitMs = firstWaitMs;
        yield message;
      }
    } catch (error) {
      // Where nothing was ever heard, the address is more likely wrong than the server away.
      if (session.signal.aborted || !heard || !isBreak(error)) throw error;
    }
    session.stderr.write('The control plane is away; trying again …\n');
    await delay(waitMs, undefined, { signal: session.signal });
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}
