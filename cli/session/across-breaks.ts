import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Session } from './session.ts';

const firstWaitMs = 500;
const longestWaitMs = 10_000;

/** The server is away, or what the caller may see has changed, and the next stream shows it. */
const away: readonly Code[] = [Code.Unavailable, Code.Aborted];
/** How the transport calls a stream that is cut off in the middle. */
const cut: readonly Code[] = [Code.Internal, Code.Unknown, Code.InvalidArgument];

/**
 * A stream that is opened again when it breaks, also across restarts of the control plane. Never ends by itself: who reads it
 * knows when it is over. Throws what `open` throws, and what is no break.
 */
export async function* acrossBreaks<Message>(
  session: Pick<Session, 'stderr' | 'signal'>,
  open: () => AsyncIterable<Message>,
): AsyncGenerator<Message> {
  let everHeard = false;
  let waitMs = firstWaitMs;
  for (;;) {
    const stream = open();
    let heard = false;
    try {
      for await (const message of stream) {
        heard = everHeard = true;
        waitMs = firstWaitMs;
        yield message;
      }
    } catch (error) {
      const { code } = ConnectError.from(error);
      // Where nothing was ever heard, the address is more likely wrong than the server away.
      if (!(everHeard && away.includes(code)) && !(heard && cut.includes(code))) throw error;
    }
    session.stderr.write('The control plane is away; trying again …\n');
    await delay(waitMs, undefined, { signal: session.signal });
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}
