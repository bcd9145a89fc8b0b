import postgres from 'postgres';
import type { Logger } from 'pino';

/** The pool, or an open transaction: what a store's functions take first. */
export type Sql = postgres.Sql | postgres.TransactionSql;
export type Pool = postgres.Sql;

/** Opens the pool. Nothing is connected until the first statement. */
export function openPool(url: string, log: Logger, options: { max?: number } = {}): Pool {
  return postgres(url, {
    max: options.max ?? 16,
    connect_timeout: 5,
    idle_timeout: 300,
    max_lifetime: 3600,
    onnotice: (notice) => log.debug({ notice: notice['message'] }, 'database notice'),
    connection: { application_name: 'muster', statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 },
  });
}
