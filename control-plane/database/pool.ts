import postgres from 'postgres';
import type { Logger } from 'pino';

/** The pool, or an open transaction: what a store's functions take first. */
export type Sql = postgres.Sql | postgres.TransactionSql;
export type Pool = postgres.Sql;

interface PoolOptions {
  max?: number;
  /** Connections that stay open for ever: they hold locks, which end with them. */
  lasting?: boolean;
  /** Called whenever a connection has closed, for whatever reason. */
  onClose?: () => void;
}

/** Opens the pool. Nothing is connected until the first statement. */
export function openPool(url: string, log: Logger, options: PoolOptions = {}): Pool {
  return postgres(url, {
    max: options.max ?? 16,
    connect_timeout: 5,
    idle_timeout: options.lasting ? 0 : 300,
    max_lifetime: options.lasting ? 0 : 3600,
    onclose: options.onClose,
    onnotice: (notice) => log.debug({ notice: notice['message'] }, 'database notice'),
    connection: { application_name: 'muster', statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 },
  });
}
