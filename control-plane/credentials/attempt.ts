import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';

/** Carries the result of a dry run out of the transaction that it undoes. */
class Undone<T> extends Error {
  readonly result: T;

  constructor(result: T) {
    super('A dry run is undone.');
    this.result = result;
  }
}

/** Runs the work in one transaction; for a dry run with every rule and every statement, and then undoes it. */
export async function attempt<T>(context: Context, dryRun: boolean, work: (sql: Sql) => Promise<T>): Promise<T> {
  if (!dryRun) return context.transaction(work);
  try {
    return await context.transaction(async (sql) => {
      throw new Undone(await work(sql));
    });
  } catch (error) {
    if (error instanceof Undone) return error.result as T; // the only one that is thrown in there
    throw error;
  }
}
