import { setTimeout as delay } from 'node:timers/promises';
import { stopwatch, type BringUp } from './bring-up.ts';
import { ensureDatabase, PostgresError, startPostgres, type RunningPostgres } from './postgres/index.ts';
import { StartProblem } from './problem.ts';

const databaseName = 'muster';
const longestWaitMs = 30_000;

/** Answers the address of the database: the configured one, or the embedded one, which it starts. */
export async function provideDatabase({ settings, dataDir, board, signal, started }: BringUp): Promise<string> {
  if (settings.databaseUrl !== undefined) {
    board.begin('PostgreSQL', '').done(`the one of DATABASE_URL (${hostsOf(settings.databaseUrl)})`);
    return settings.databaseUrl;
  }
  const part = board.begin('PostgreSQL', 'starting');
  const elapsed = stopwatch();
  try {
    let server = await startPostgres({ directory: dataDir.postgres, durable: true });
    const { port } = server;
    const restart = async () => (server = await startPostgres({ directory: dataDir.postgres, durable: true, port }));
    const ending = new AbortController();
    const kept = keepPostgres(
      () => server,
      restart,
      ending.signal,
      (sentence) => board.print(sentence),
    );
    started.defer(async () => {
      ending.abort();
      await kept;
      await server.stop();
    });
    await ensureDatabase(server, databaseName);
    signal.throwIfAborted();
    part.done(`embedded, on 127.0.0.1:${port}, ${elapsed()}`);
    return server.localUrl(databaseName);
  } catch (error) {
    part.fail('not running');
    throw error instanceof PostgresError ? new StartProblem(error.message, { cause: error }) : error;
  }
}

/** Where it is, without who may: of several machines all. */
const hostsOf = (url: string): string => /^\w+:\/\/(?:[^/]*@)?([^/?]*)/.exec(url)?.[1] ?? '';

/** Starts it again on the same port whenever it has ended by itself: the control plane then goes on by itself. */
async function keepPostgres(
  current: () => RunningPostgres,
  restart: () => Promise<RunningPostgres>,
  ending: AbortSignal,
  say: (sentence: string) => void,
): Promise<void> {
  const stopped = new Promise<void>((resolve) => ending.addEventListener('abort', () => resolve()));
  for (let waitMs = 500; ;) {
    await Promise.race([current().ended, stopped]);
    if (ending.aborted) return;
    say('PostgreSQL has ended by itself; starting it again.');
    await delay(waitMs, undefined, { signal: ending }).catch(() => {});
    if (ending.aborted) return;
    try {
      await restart();
      waitMs = 500;
      say('PostgreSQL runs again.');
    } catch (error) {
      waitMs = Math.min(waitMs * 2, longestWaitMs);
      say(error instanceof Error ? error.message : String(error));
    }
  }
}
