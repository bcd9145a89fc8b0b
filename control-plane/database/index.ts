export { DatabaseClock } from './clock.ts';
export {
  isDatabaseUnavailable,
  isRetryable,
  isStatementTimeout,
  isUnstorableText,
  violatesUnique,
} from './failures.ts';
export { among, lookUp } from './look-up.ts';
export { migrate } from './migrate.ts';
export { openConnection, type Connection } from './connection.ts';
export { openPool } from './pool.ts';
export type { Pool, Sql } from './sql.ts';
export { together } from './together.ts';
export { inTransaction, lastly, type Lastly } from './transaction.ts';
export { newId, type IdPrefix } from './ids.ts';
export { databaseProblem } from './problem.ts';
