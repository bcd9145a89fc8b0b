import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../control-plane/database/index.ts';
import { ensureDatabase, startPostgres } from '../../local/postgres/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The database of the test cluster in which databases are made. */
    postgresUrl: string;
  }
}

/** Every test database is a copy of this one: migrated, empty. */
export const templateDatabase = 'muster_template';

/** One PostgreSQL for the whole run, in a temporary directory, with a migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-test-postgres-'));
  const server = await startPostgres({ directory, durable: false });
  const teardown = async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  };
  try {
    await ensureDatabase(server, templateDatabase);
    await migrateTemplate(server.url(templateDatabase));
    project.provide('postgresUrl', server.url('postgres'));
    return teardown;
  } catch (error) {
    await teardown();
    throw error;
  }
}

async function migrateTemplate(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await migrate(sql);
  } finally {
    await sql.end();
  }
}
