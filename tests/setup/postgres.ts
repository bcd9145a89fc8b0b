import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
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

/** Where Linux keeps files in memory, and what it takes to hold all databases that tests have at one time, many times over. */
const memory = { directory: '/dev/shm', bytes: 2 * 1024 ** 3 };
const prefix = 'muster-test-postgres-';

/** One PostgreSQL for the whole run, in a temporary directory, with a migrated template. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  removeAbandoned();
  const directory = mkdtempSync(join(isMemoryFree() ? memory.directory : tmpdir(), prefix));
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

/**
 * A database is over a thousand files. Where ext4 has no journal it gives no inode away for some minutes after its file was
 * removed, and looks at each such one whenever it makes a file: copying the template takes 0.6 s there while others are
 * removed, and 0.05 s here. Only for root: what others keep here may go when they log out.
 */
function isMemoryFree(): boolean {
  if (process.geteuid?.() !== 0) return false;
  try {
    const { bavail, bsize } = statfsSync(memory.directory);
    return Math.min(bavail * bsize, process.availableMemory()) >= memory.bytes;
  } catch {
    return false;
  }
}

/** What a run that was killed left in memory, whose PostgreSQL has ended. */
function removeAbandoned(): void {
  if (process.geteuid?.() !== 0 || !existsSync(memory.directory)) return;
  for (const name of readdirSync(memory.directory).filter((one) => one.startsWith(prefix))) {
    const directory = join(memory.directory, name);
    try {
      const [pid] = readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n');
      if (!isRunning(Number(pid))) rmSync(directory, { recursive: true });
    } catch {
      // It is just being made, or went while we looked.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
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
