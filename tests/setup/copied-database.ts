import { inject } from 'vitest';
import postgres from 'postgres';

/** A database as it was at one moment: what a backup is. Nobody may be connected to the one that is copied. */
export interface CopiedDatabase {
  /** Puts it in the place of the database that it was copied from. Whoever is connected there is cut off. */
  restore(): Promise<void>;
  drop(): Promise<void>;
}

/** Copies a database, files and all. */
export async function copyDatabase(databaseUrl: string): Promise<CopiedDatabase> {
  const name = new URL(databaseUrl).pathname.slice(1);
  const copy = `${name}_copy`;
  const asAdmin = async (act: (sql: postgres.Sql) => Promise<unknown>) => {
    const sql = postgres(inject('postgresUrl'), { max: 1, onnotice: () => {} });
    await act(sql).finally(() => sql.end());
  };
  const remove = (which: string) => asAdmin((sql) => sql`drop database if exists ${sql(which)} with (force)`);
  const make = (which: string, from: string) =>
    asAdmin((sql) => sql`create database ${sql(which)} template ${sql(from)}`);
  await make(copy, name);
  return {
    async restore() {
      await remove(name);
      await make(name, copy);
    },
    drop: () => remove(copy),
  };
}
