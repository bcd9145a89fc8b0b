import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Pool, Sql } from './sql.ts';
import { StartupError } from '../errors.ts';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/** Two servers that start at once must not both migrate; any constant serves. */
const lockKey = 7_080_001;
const folder = new URL('../../migrations/', import.meta.url);

/**
 * Brings the database to this version: each file in its own transaction, under one advisory lock.
 * Throws a StartupError when the database is newer than this version or a file was changed after it was applied.
 */
export async function migrate(pool: Pool): Promise<{ applied: string[] }> {
  const migrations = await readMigrations();
  const connection = await pool.reserve();
  try {
    await connection`select pg_advisory_lock(${lockKey})`;
    await connection`create table if not exists migrations (
      number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`;
    const done = await connection<
      { number: number; name: string; checksum: string }[]
    >`select number, name, checksum from migrations order by number`;
    requireKnown(migrations, done);
    const waiting = migrations.filter(({ number }) => !done.some((row) => row.number === number));
    for (const migration of waiting) await apply(connection, migration);
    return { applied: waiting.map(({ name }) => name) };
  } finally {
    await connection`select pg_advisory_unlock(${lockKey})`.catch(() => undefined);
    connection.release();
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      return {
        number: Number(name.slice(0, 4)),
        name,
        text,
        checksum: createHash('sha256').update(text).digest('hex'),
      };
    }),
  );
}

function requireKnown(
  migrations: Migration[],
  done: readonly { number: number; name: string; checksum: string }[],
): void {
  for (const row of done) {
    const migration = migrations.find(({ number }) => number === row.number);
    if (!migration) {
      throw new StartupError(
        `The database is of a newer version of Muster (it has migration ${row.name}): start that version or a newer one.`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new StartupError(
        `The migration ${row.name} was changed after it had been applied to this database: restore the file.`,
      );
    }
  }
}

async function apply(sql: Sql, migration: Migration): Promise<void> {
  await sql`begin`;
  try {
    await sql.unsafe(migration.text);
    await sql`insert into migrations (number, name, checksum) values (${migration.number}, ${migration.name}, ${migration.checksum})`;
    await sql`commit`;
  } catch (error) {
    await sql`rollback`;
    throw new StartupError(`The migration ${migration.name} failed; nothing of it was applied.`, { cause: error });
  }
}
