import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { templateDatabase } from './postgres.ts';

/** A migrated database of a test file's own. */
export interface TestDatabase {
  readonly url: string;
  /** Looks at it, or changes it, behind everybody's back. */
  run(act: (sql: postgres.Sql) => Promise<unknown>): Promise<void>;
  /** Ends what is still connected, and removes it. */
  drop(): Promise<void>;
}

/** Makes a copy of the migrated template. Call it once per test file and drop it in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await inDatabase(admin, (sql) => sql`create database ${sql(name)} template ${sql(templateDatabase)}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    run: (act) => inDatabase(url.href, act),
    drop: () => inDatabase(admin, (sql) => sql`drop database if exists ${sql(name)} with (force)`),
  };
}

async function inDatabase(url: string, act: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await act(sql);
  } finally {
    await sql.end();
  }
}
