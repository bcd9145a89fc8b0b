import type postgres from 'postgres';
import type { Logger } from 'pino';
import { openClient } from './driver.ts';

/** How often the client is replaced at most. */
const youngMs = 200;
/** Longer than any statement may take. */
const retiredMs = 35_000;

/** A client for single statements, on several connections. */
export interface Statements {
  readonly client: postgres.Sql;
  end(options?: { timeout?: number }): Promise<void>;
}

interface Generation {
  readonly client: postgres.Sql;
  readonly since: number;
}

/**
 * The driver does not always recover a connection that broke while something was being written. So when one closes, a
 * fresh client takes over, and the old one finishes what it has begun.
 */
export function openStatements(url: string, log: Logger, max: number): Statements {
  const retired = new Map<postgres.Sql, NodeJS.Timeout>();
  let replacing: NodeJS.Timeout | undefined;
  let ended = false;

  const start = (): Generation => {
    const generation: Generation = {
      client: openClient(url, log, { max, onOver: () => retire(generation) }),
      since: performance.now(),
    };
    return generation;
  };
  const retire = (generation: Generation) => {
    if (ended || generation !== current || replacing) return;
    const wait = Math.max(0, youngMs - (performance.now() - generation.since));
    if (wait === 0) replace();
    else replacing = setTimeout(replace, wait);
  };
  const replace = () => {
    replacing = undefined;
    const { client } = current;
    current = start();
    const timer = setTimeout(() => {
      retired.delete(client);
      void client.end({ timeout: 0 });
    }, retiredMs);
    retired.set(client, timer.unref());
  };
  let current = start();

  return {
    get client() {
      return current.client;
    },
    async end(options) {
      ended = true;
      clearTimeout(replacing);
      for (const timer of retired.values()) clearTimeout(timer);
      await Promise.all([
        current.client.end(options),
        ...[...retired.keys()].map((client) => client.end({ timeout: 0 })),
      ]);
    },
  };
}
