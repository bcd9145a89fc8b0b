// What the audit costs: `node bench/audit.ts`. A durable PostgreSQL of its own, in a temporary directory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { system } from '../control-plane/access/index.ts';
import {
  keepCheckpoints,
  recordAudit,
  sealAuditEvents,
  sealerLoop,
  verifyAudit,
  type VerifyResult,
} from '../control-plane/audit/index.ts';
import { systemClock } from '../control-plane/clock.ts';
import { parseConfig } from '../control-plane/config.ts';
import { makeContext, type Context, type Services } from '../control-plane/context.ts';
import { migrate, openPool, type Sql } from '../control-plane/database/index.ts';
import { openEventBus } from '../control-plane/events/index.ts';
import { openInstallation } from '../control-plane/installation/index.ts';
import { startLoops } from '../control-plane/loops/index.ts';
import { ensureDatabase, startPostgres } from '../local/postgres/index.ts';
import { sayMs, sayRatio, sayTimes, verdictTable, type Verdict } from './figures.ts';

/** What is asked for: 1,000 audited mutations a second, each sealed within 2 s; 100,000 rows verified in 10 s. */
export interface AuditBenchOptions {
  readonly mutationsPerSecond: number;
  readonly seconds: number;
  readonly rowsToVerify: number;
}

export interface AuditFigures {
  readonly mutationsPerSecond: number;
  readonly plainMutationMs: { readonly p50: number; readonly p99: number };
  readonly auditedMutationMs: { readonly p50: number; readonly p99: number };
  /** From the commit of a mutation until its seal is committed, as seen from outside. */
  readonly sealedAfterMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly sealedPerSecond: number;
  readonly verifiedRows: number;
  readonly verifiedInMs: number;
}

const target: AuditBenchOptions = { mutationsPerSecond: 1_000, seconds: 10, rowsToVerify: 100_000 };

/** Measures the audit on a fresh database. Throws when what was sealed does not verify. */
export async function benchAudit(options: AuditBenchOptions = target): Promise<AuditFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-audit-'));
  const server = await startPostgres({ directory: join(directory, 'postgres'), durable: true });
  try {
    await ensureDatabase(server, 'muster');
    const { context, close } = await openContext(server.localUrl('muster'), join(directory, 'data'));
    try {
      await makeThings(context.sql);
      const plain = await offer(options, (number) => context.transaction((sql) => rename(sql, number)));
      const { offered, sealedAfterMs } = await mutate(context, options);
      const sealedPerSecond = await sealBacklog(context, options.rowsToVerify);
      await keepCheckpoints(context, 0);
      const verified = await verify(context);
      return {
        mutationsPerSecond: offered.perSecond,
        plainMutationMs: { p50: percentile(plain.tookMs, 50), p99: percentile(plain.tookMs, 99) },
        auditedMutationMs: { p50: percentile(offered.tookMs, 50), p99: percentile(offered.tookMs, 99) },
        sealedAfterMs: {
          p50: percentile(sealedAfterMs, 50),
          p99: percentile(sealedAfterMs, 99),
          max: percentile(sealedAfterMs, 100),
        },
        sealedPerSecond,
        verifiedRows: verified.rows,
        verifiedInMs: verified.elapsedMs,
      };
    } finally {
      await close();
    }
  } finally {
    await server.stop();
    await rm(directory, { recursive: true });
  }
}

async function openContext(url: string, dataDir: string): Promise<{ context: Context; close: () => Promise<void> }> {
  const log = pino({ level: 'warn' });
  const pool = openPool(url, log);
  await migrate(pool);
  const config = parseConfig({ DATABASE_URL: url, MUSTER_DATA_DIR: dataDir });
  const services: Services = {
    config,
    log,
    clock: systemClock,
    pool,
    bus: await openEventBus(pool, log),
    installation: await openInstallation(pool, config, systemClock),
    replicaId: 'bench',
    publicUrl: 'http://127.0.0.1:7080',
    replicaUrl: '',
    build: { version: '0.0.0', commitSha: '' },
    metrics: new Registry(),
  };
  const origin = { requestId: 'bench', address: '192.0.2.1', userAgent: 'muster-bench', loopback: false };
  const context = makeContext(services, { caller: system, origin, signal: new AbortController().signal });
  return { context, close: async () => (await services.bus.close(), await pool.end()) };
}

const things = 1_000;
const makeThings = (sql: Sql) =>
  sql`insert into teams (id, slug, name) select 'team' || n, 'slug' || n, 'Team' from generate_series(0, ${things - 1}) as n`;
const rename = async (sql: Sql, number: number) =>
  void (await sql`update teams set name = ${`Team ${number}`} where id = ${`team${number % things}`}`);

interface Offered {
  readonly perSecond: number;
  readonly tookMs: number[];
}

/** Offers work at a steady rate, whether or not the earlier has ended. */
async function offer(
  { mutationsPerSecond, seconds }: AuditBenchOptions,
  work: (number: number) => Promise<void>,
): Promise<Offered> {
  const total = mutationsPerSecond * seconds;
  const tookMs: number[] = [];
  const started = performance.now();
  const running: Promise<void>[] = [];
  for (let number = 0; number < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * mutationsPerSecond) + 1);
    for (; number < due; number += 1) {
      const began = performance.now();
      running.push(work(number).then(() => void tookMs.push(performance.now() - began)));
    }
    await delay(2);
  }
  await Promise.all(running);
  return { perSecond: total / ((performance.now() - started) / 1000), tookMs };
}

/** Audited mutations with the sealer at work beside them; how long after its commit each was sealed. */
async function mutate(
  context: Context,
  options: AuditBenchOptions,
): Promise<{ offered: Offered; sealedAfterMs: number[] }> {
  const total = options.mutationsPerSecond * options.seconds;
  const committedAt: number[] = [];
  const sealedAfterMs: number[] = [];
  const loops = startLoops(context, [sealerLoop]);
  const watch = async () => {
    for (let position = '0'; sealedAfterMs.length < total; await delay(20)) {
      const rows = await context.sql<{ position: string; number: number }[]>`
        select seal.position, (content.after->>'number')::integer as number
        from audit_seals seal join audit_contents content using (event_id) where seal.position > ${position} order by seal.position
      `;
      const now = performance.now();
      // The caller may hear of its commit after the watcher has seen the seal.
      for (const { number } of rows) sealedAfterMs.push(Math.max(0, now - (committedAt[number] ?? now)));
      position = rows.at(-1)?.position ?? position;
    }
  };
  try {
    const watching = watch();
    const offered = await offer(options, async (number) => {
      await context.transaction(async (sql) => {
        await rename(sql, number);
        await recordAudit(sql, context, {
          action: 'team.update',
          target: `team${number % things}`,
          before: { name: 'Team' },
          after: { number },
        });
      });
      committedAt[number] = performance.now();
    });
    await watching;
    return { offered, sealedAfterMs };
  } finally {
    await loops.stop();
  }
}

/** Fills the audit up to a number of rows, and seals them in one go. */
async function sealBacklog(context: Context, rows: number): Promise<number> {
  await context.sql`
    with event as (
      insert into audit_events (actor, credential_id, action, target, team_id, outcome, request_id)
      select 'user:userbench0000000', 'credential', 'sandbox.create', 'sbx' || n, 'team1', 'done', 'request-' || n
      from generate_series((select count(*) from audit_events) + 1, ${rows}) as n
      returning id
    ),
    origin as (insert into audit_origins (event_id, address, user_agent) select id, '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64)' from event),
    content as (insert into audit_contents (event_id, after) select id, '{"template":"base","cpuMillis":1000,"memoryMib":512}' from event)
    insert into audit_unsealed (event_id) select id from event
  `;
  const started = performance.now();
  let sealed = 0;
  for (let last = -1; last !== 0; sealed += last) last = (await sealAuditEvents(context)).sealed;
  return sealed / ((performance.now() - started) / 1000);
}

async function verify(context: Context): Promise<VerifyResult> {
  for await (const step of verifyAudit({
    sql: context.sql,
    installation: context.installation,
    kept: [],
    signal: context.signal,
  })) {
    if (step.kind === 'finding') throw new Error(`The audit does not verify: ${step.finding.sentence}`);
    if (step.kind === 'result') return step.result;
  }
  throw new Error('The verification ended without a result.');
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

/** The figures, each with what is asked for. */
export function judgeAudit(figures: AuditFigures): Verdict[] {
  const { plainMutationMs: plain, auditedMutationMs: audited, sealedAfterMs: sealed } = figures;
  const verified = `${figures.verifiedRows.toLocaleString('en')} rows`;
  return [
    {
      what: 'audited mutations',
      measured: `${figures.mutationsPerSecond.toFixed(0)} a second; ${sayTimes(audited)}`,
      baseline: `without their audit rows: ${sayTimes(plain)}; ${sayRatio(audited.p50 / plain.p50)}`,
      // The rate is what is offered; what is beyond reach falls behind it.
      limit: '1,000 a second',
      ok: figures.mutationsPerSecond >= 990,
    },
    {
      what: 'sealed after their commit',
      measured: `${sayTimes(sealed)}, max ${sayMs(sealed.max)}`,
      baseline: `a backlog: ${figures.sealedPerSecond.toFixed(0)} rows a second`,
      limit: 'all within 2,000 ms',
      ok: sealed.max <= 2_000,
    },
    {
      what: `verifying ${verified}`,
      measured: sayMs(figures.verifiedInMs),
      baseline: '',
      limit: 'at most 10,000 ms',
      ok: figures.verifiedInMs <= 10_000,
    },
  ];
}

if (import.meta.main) process.stdout.write(`${verdictTable(judgeAudit(await benchAudit()))}\n`);
