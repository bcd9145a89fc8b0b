import type { Connections } from './connections.ts';
import { guarded } from './connection.ts';
import { isRetryable } from './failures.ts';
import type { Pool, Sql } from './sql.ts';

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

/** Runs the work between `begin` and `commit` on a connection of its own. Nothing is sent once the connection is lost. */
export async function transact<T>(connections: Connections, work: (sql: Sql) => T | Promise<T>): Promise<T> {
  const connection = await connections.take();
  let over = false;
  const tooLate = () => (over ? new Error('A statement came after the end of its transaction.') : undefined);
  const sql = guarded(connection.sql, tooLate);
  try {
    // Not waited for: it travels with the first statement. Where it fails, that one fails with it.
    const begun = connection.sql`begin`.then(() => undefined);
    begun.catch(() => {});
    const result = await work(sql);
    await begun;
    over = true;
    const { command } = await connection.sql`commit`;
    if (command !== 'COMMIT')
      throw new Error('A statement of the transaction had failed, and nobody noticed: it was rolled back.');
    return result;
  } catch (error) {
    over = true;
    if (!connection.closed) await connection.sql`rollback`.catch(() => connection.end());
    throw error;
  } finally {
    connections.give(connection);
  }
}
