import type { Pool, Sql } from './sql.ts';

/**
 * Runs statements that need not wait for each other on one connection: each by itself and in this order, but all on one
 * way to the database. A later one sees what an earlier one has done.
 */
export async function together<T>(pool: Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await pool.reserve();
  try {
    return await work(sql);
  } finally {
    sql.release();
  }
}
