export { isDatabaseUnavailable, isStatementTimeout, isUnstorableText, violatesUnique } from './failures.ts';
export { migrate } from './migrate.ts';
export { openPool, type Pool, type Sql } from './pool.ts';
export { inTransaction } from './transaction.ts';
export { newId, type IdPrefix } from './ids.ts';
