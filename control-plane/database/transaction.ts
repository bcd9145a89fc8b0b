import type { Connections } from './connections.ts';
import { guarded } from './connection.ts';
import { isRetryable } from './failures.ts';
import type { Pool, Sql } from './sql.ts';

const attempts = 5;

/** What a transaction answers whose last statements are under way. */
export class Lastly<T> {
  readonly statements: readonly PromiseLike<unknown>[];
  readonly result: T;

  constructor(statements: readonly PromiseLike<unknown>[], result: T) {
    this.statements = statements;
    this.result = result;
  }
}

/**
 * To be returned by the work of a transaction: these last statements decide nothing, so that they go to the database
 * together with the commit. Where one fails, nothing has happened.
 */
export const lastly = <T>(statements: readonly PromiseLike<unknown>[], result: T): Lastly<T> =>
  new Lastly(statements, result);

/** Runs the work in one transaction; repeats it when it lost against another (deadlock, serialization). */
export async function inTransaction<T>(pool: Pool, work: (sql: Sql) => Promise<T | Lastly<T>>): Promise<T> {
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
export async function transact<T>(
  connections: Connections,
  work: (sql: Sql) => T | Promise<T | Lastly<T>>,
): Promise<T> {
  const connection = await connections.take();
  let over = false;
  const tooLate = () => (over ? new Error('A statement came after the end of its transaction.') : undefined);
  const sql = guarded(connection.sql, tooLate);
  try {
    // Not waited for: it travels with the first statement. Where it fails, that one fails with it.
    const begun = connection.sql`begin`.then(() => undefined);
    begun.catch(() => {});
    const answer = await work(sql);
    await begun;
    over = true;
    const last = answer instanceof Lastly ? Promise.all(answer.statements) : undefined;
    // Its failure is told by the statement that failed.
    const [{ command }] = await Promise.all([connection.sql`commit`, last]);
    if (command !== 'COMMIT')
      throw new Error('A statement of the transaction had failed, and nobody noticed: it was rolled back.');
    return answer instanceof Lastly ? answer.result : answer;
  } catch (error) {
    over = true;
    if (!connection.closed) await connection.sql`rollback`.catch(() => connection.end());
    throw error;
  } finally {
    connections.give(connection);
  }
}
