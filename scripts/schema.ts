// npm run schema: writes what the migrations add up to into migrations/schema.sql, from a database that was just migrated.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { migrate } from '../control-plane/database/index.ts';
import { ensureDatabase, startPostgres } from '../local/postgres/index.ts';
import { root } from './command.ts';
import { dumpSchema } from './schema/dump.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-schema-'));
const server = await startPostgres({ directory, durable: false });
try {
  await ensureDatabase(server, 'muster');
  const sql = postgres(server.url('muster'), { max: 1, onnotice: () => {} });
  await migrate(sql);
  writeFileSync(join(root, 'migrations', 'schema.sql'), await dumpSchema(sql));
  await sql.end();
} finally {
  await server.stop();
  rmSync(directory, { recursive: true });
}
