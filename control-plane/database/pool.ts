import type postgres from 'postgres';
import type { Logger } from 'pino';
import { guarded } from './connection.ts';
import { openConnections } from './connections.ts';
import { openListener } from './listener.ts';
import { withoutOrigin } from './origin.ts';
import type { Pool, Sql } from './sql.ts';
import { openStatements } from './statements.ts';
import { transact } from './transaction.ts';

const defaultMax = 12;

/**
 * Opens the pool: `max` connections for statements, as many for transactions, as many for what every call asks. Nothing is connected until it is needed.
 * What the driver offers beside statements is done here in a way that survives a database that goes away and comes back.
 */
export function openPool(url: string, log: Logger, options: { max?: number } = {}): Pool {
  const max = options.max ?? defaultMax;
  const statements = openStatements(url, log, max);
  const connections = openConnections(url, log, max);
  // Statements by key, whose plan is the same whatever is asked: PostgreSQL would think about each five times anew.
  const reserved = openConnections(url, log, max, { settings: { plan_cache_mode: 'force_generic_plan' } });
  const own: Pick<Pool, 'begin' | 'reserve' | 'listen' | 'end'> = {
    begin: (...parameters: unknown[]) => transact(connections, parameters.at(-1) as (sql: Sql) => Promise<never>), // with or without options
    async reserve() {
      const connection = await reserved.take();
      const release = () => reserved.give(connection);
      return Object.assign(
        guarded(connection.sql, () => undefined),
        { release },
      );
    },
    // Our listener changes its connection: there is none whose state could be told.
    listen: (channel, onNotify, onListen = () => {}) =>
      openListener(url, log, { channel, onNotify, onListen }) as unknown as postgres.ListenRequest,
    async end(ending) {
      await connections.end();
      await reserved.end();
      await statements.end(ending);
    },
  };
  return new Proxy(statements.client, {
    apply: (_target, self, parameters: unknown[]) =>
      withoutOrigin(parameters[0], Reflect.apply(statements.client, self, parameters) as unknown),
    get: (_target, key) => Reflect.get(key in own ? own : statements.client, key) as unknown,
  });
}
