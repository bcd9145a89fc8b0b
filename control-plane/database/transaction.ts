import type { Pool, Sql } from './pool.ts';
import { isRetryable } from './failures.ts';

const attempts = 5;

/** Runs the work in one transaction; repeats it when it lost against another (deadlock, serialization). */
export async function inTransaction<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // `begin` answers an unwrapped type for arrays; the work's own type is what it answers.
      return (await pool.begin((sql) => work(sql))) as T;
    } catch (error) {
      if (attempt === attempts || !isRetryable(error)) throw error;
    }
  }
}
