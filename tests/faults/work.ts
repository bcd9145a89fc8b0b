import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import type { Clients } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import type { Acknowledged } from './converged.ts';

/** Work that goes on whatever happens. */
export interface Work {
  /** Lives of sandboxes that were completed. */
  readonly lives: number;
  /** Ends it after the present lives. Throws what was answered other than `unavailable`. */
  end(): Promise<void>;
}

const patienceMs = 60_000;

/** So many callers create, use and destroy sandboxes one after the other; `unavailable` alone is repeated. */
export function startWork(clients: Clients, callers: number, acknowledged: Acknowledged): Work {
  const ending = new AbortController();
  let lives = 0;

  const healed = async <T>(call: () => Promise<T>): Promise<T> => {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isUnavailable(error) || Date.now() > deadline) throw error;
        await delay(100);
      }
    }
  };

  const isRunning = async (sandboxId: string) => {
    const { sandbox } = await clients.sandboxes.getSandbox({ sandboxId });
    return sandbox?.observed === ObservedState.RUNNING;
  };
  const live = async () => {
    const requestId = randomUUID();
    const id = await healed(async () => (await clients.sandboxes.createSandbox({ requestId })).sandbox!.id);
    acknowledged.created(id);
    // Where nobody knows what became of the call on the host, it is starting until that is known.
    await eventually(`${id} runs`, () => healed(() => isRunning(id)));
    await healed(async () => {
      for await (const _ of clients.processes.run({ sandboxId: id, argv: ['echo', 'hello'] }));
    });
    await healed(() => clients.sandboxes.destroySandbox({ sandboxId: id }));
    acknowledged.destroyed(id);
    lives += 1;
  };
  const working = Array.from({ length: callers }, async () => {
    while (!ending.signal.aborted) await live();
  });
  // Told by `end`.
  for (const one of working) one.catch(() => undefined);
  return {
    get lives() {
      return lives;
    },
    async end() {
      ending.abort();
      await Promise.all(working);
    },
  };
}

/** What the server says itself, and a connection that broke before it could. Nothing else is repeated. */
function isUnavailable(error: unknown): boolean {
  const { code, cause } = ConnectError.from(error);
  return code === Code.Unavailable || isBroken(cause);
}

/** In the words of Node: reset, refused, or ended in the middle. */
const broken = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
]);

const isBroken = (cause: unknown): boolean =>
  cause instanceof Error && (('code' in cause && broken.has(String(cause.code))) || isBroken(cause.cause));
