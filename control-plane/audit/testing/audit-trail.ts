import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createTestDatabase } from '../../../tests/setup/database.ts';
import { system } from '../../access/index.ts';
import { makeContext, type Context, type Services } from '../../context.ts';
import { openPool, type Sql } from '../../database/index.ts';
import { recordAudit, type AuditEntry } from '../record.ts';
import { openServices } from './services.ts';

/** A real database with a real installation, for tests of the audit. */
export interface AuditTrail {
  readonly services: Services;
  readonly context: Context;
  readonly databaseUrl: string;
  /** Records rows, each in a transaction of its own. */
  record(count: number, entry?: Partial<AuditEntry>): Promise<void>;
  /** Does what the database refuses, as a superuser can. */
  tamper(work: (sql: Sql) => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

export async function openAuditTrail(): Promise<AuditTrail> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-audit-'));
  const log = pino({ level: 'silent' });
  const pool = openPool(database.url, log, { max: 8 });
  const services = await openServices(pool, database.url, dataDir);
  const context = makeContext(services, {
    caller: system,
    origin: { requestId: 'request-1', address: '192.0.2.7', userAgent: 'test', loopback: false },
    signal: new AbortController().signal,
  });
  return {
    services,
    context,
    databaseUrl: database.url,
    async record(count, entry = {}) {
      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          context.transaction((sql) =>
            recordAudit(sql, context, { action: 'host.update', target: `host${index}`, after: { index }, ...entry }),
          ),
        ),
      );
    },
    async tamper(work) {
      await pool.begin(async (sql) => {
        await sql`set local session_replication_role = replica`;
        await work(sql);
      });
    },
    async close() {
      await services.bus.close();
      await pool.end();
      await database.drop();
      await rm(dataDir, { recursive: true });
    },
  };
}
