import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { openConnection, type Connection } from './connection.ts';

const shortestPauseMs = 100;
const longestPauseMs = 5_000;
/** How often a silent connection is asked whether it still lives, and how long it may take to answer. */
const askEveryMs = 15_000;

/** Listens on a channel, and again whenever the connection is lost. */
export interface Listener {
  unlisten(): Promise<void>;
}

/** `onListen` is called each time it listens: what was announced before then may have been missed. Throws where the first time fails. */
export async function openListener(
  url: string,
  log: Logger,
  { channel, onNotify, onListen }: { channel: string; onNotify: (payload: string) => void; onListen: () => void },
): Promise<Listener> {
  const stopping = new AbortController();

  const connect = async (): Promise<{ connection: Connection; closed: Promise<void> }> => {
    let close = () => {};
    const closed = new Promise<void>((resolve) => (close = resolve));
    const onnotify = (_channel: string, payload: string) => onNotify(payload);
    const connection = openConnection(url, log, { onClose: close, onnotify });
    try {
      await connection.sql`listen ${connection.sql(channel)}`;
    } catch (error) {
      await connection.end();
      throw error;
    }
    onListen();
    return { connection, closed };
  };

  const keep = async (first: Awaited<ReturnType<typeof connect>>) => {
    let present: typeof first | undefined = first;
    let wait = shortestPauseMs;
    while (!stopping.signal.aborted) {
      if (present) {
        await untilClosed(present, stopping.signal);
        present = undefined;
        continue;
      }
      try {
        present = await connect();
        wait = shortestPauseMs;
      } catch (error) {
        log.debug({ err: error }, 'nobody listens to the database yet');
        await pause(wait, undefined, { signal: stopping.signal }).catch(() => {});
        wait = Math.min(wait * 2, longestPauseMs);
      }
    }
    await present?.connection.end();
  };

  const kept = keep(await connect());
  return {
    async unlisten() {
      stopping.abort();
      await kept;
    },
  };
}

/** Waits until the connection has closed. One that does not answer any more is closed. */
async function untilClosed(
  { connection, closed }: { connection: Connection; closed: Promise<void> },
  stopping: AbortSignal,
): Promise<void> {
  let end = () => {};
  const stopped = new Promise<void>((resolve) => (end = resolve));
  stopping.addEventListener('abort', end, { once: true });
  let answered = true;
  const asking = setInterval(() => {
    if (!answered) return void connection.end();
    answered = false;
    connection.sql`select 1`.then(
      () => (answered = true),
      () => void connection.end(),
    );
  }, askEveryMs);
  await Promise.race([closed, stopped]);
  clearInterval(asking);
  stopping.removeEventListener('abort', end);
  await connection.end();
}
