import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recordAudit } from '../record.ts';
import { openAuditTrail, type AuditTrail } from '../testing/audit-trail.ts';
import { verifyAll } from '../testing/verify-all.ts';
import { sealAuditEvents } from './sealer.ts';

let trail: AuditTrail;

beforeEach(async () => {
  trail = await openAuditTrail();
});

afterEach(() => trail.close());

const order = async () =>
  (
    await trail.context.sql<{ target: string }[]>`
  select event.target from audit_seals seal join audit_events event on event.id = seal.event_id order by seal.position
`
  ).map(({ target }) => target);

/** Records a row in a transaction that stays open until it is told. */
async function recordLate(target: string): Promise<{ commit(): Promise<void>; rollBack(): Promise<void> }> {
  const { context } = trail;
  const [recorded, decided] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transaction = context.transaction(async (sql) => {
    await recordAudit(sql, context, { action: 'host.update', target });
    recorded.resolve();
    await decided.promise;
  });
  await recorded.promise;
  return {
    commit: () => (decided.resolve(), transaction),
    rollBack: () => (decided.reject(new Error('changed my mind')), transaction.catch(() => undefined)),
  };
}

test('a row that commits long after rows with higher ids were sealed is sealed too', async () => {
  const late = await recordLate('late');
  const never = await recordLate('never');
  await trail.record(1, { target: 'early' });
  expect(await sealAuditEvents(trail.context)).toEqual({ sealed: 1 });
  await never.rollBack();
  expect(await sealAuditEvents(trail.context)).toEqual({ sealed: 0 });
  await late.commit();
  expect(await sealAuditEvents(trail.context)).toEqual({ sealed: 1 });
  expect(await order()).toEqual(['early', 'late']);
  expect((await verifyAll(trail.context)).result).toMatchObject({ intact: true, rows: 2 });
});

test('a backlog larger than a batch is sealed in one run', async () => {
  await trail.context.sql`
    with event as (insert into audit_events (actor, action, outcome) select 'system', 'host.update', 'done' from generate_series(1, 2500) returning id)
    insert into audit_unsealed select id from event
  `;
  expect(await sealAuditEvents(trail.context)).toEqual({ sealed: 2_500 });
  expect((await verifyAll(trail.context)).result).toMatchObject({ intact: true, rows: 2_500 });
});

test('nothing breaks the audit that a caller puts into it', async () => {
  const odd = 'a\0b\u{d800}c\u{1f600}';
  await trail.record(1, { target: odd, reason: odd, after: { [odd]: odd, long: 'x'.repeat(100_000) } });
  await trail.record(1, { target: 'y'.repeat(100_000) });
  expect(await sealAuditEvents(trail.context)).toEqual({ sealed: 2 });
  expect((await verifyAll(trail.context)).result.intact).toBe(true);
});

test('many writers that commit in any order, sealers that race and are killed: every committed row is sealed once', async () => {
  const { context } = trail;
  const sealers = [startSealer(), startSealer()];
  const killed = new AbortController();
  try {
    await Promise.all(sealers.map(ready));
    let committed = 0;
    const writer = async (name: number) => {
      // As long as sealers are killed, there is something to seal.
      for (let index = 0; !killed.signal.aborted || index % 60 > 0; index += 1) {
        await context
          .transaction(async (sql) => {
            await recordAudit(sql, context, { action: 'host.update', target: `${name}-${index}`, after: { index } });
            // Rows with higher ids commit meanwhile.
            await sql`select pg_sleep(random() * 0.02)`;
            if (index % 5 === 0) throw new Error('rolled back');
            committed += 1;
          })
          .catch((error: unknown) => {
            if (index % 5 !== 0) throw error;
          });
      }
    };
    const writing = Promise.all(Array.from({ length: 6 }, (_, name) => writer(name)));
    for (let kills = 0; kills < 3; kills += 1) {
      const sealed = await countSeals();
      await vi.waitFor(async () => expect(await countSeals()).toBeGreaterThan(sealed), 30_000);
      sealers[0]!.kill('SIGKILL');
      sealers.shift();
      sealers.push(startSealer());
    }
    killed.abort();
    await writing;
    await vi.waitFor(async () => expect(await countSeals()).toBe(committed), 30_000);
    const { found, result } = await verifyAll(context);
    expect(found).toEqual([]);
    expect(result).toMatchObject({ rows: committed, waiting: 0 });
    expect(committed).toBeGreaterThanOrEqual(6 * 48);
  } finally {
    killed.abort();
    await Promise.all(sealers.map(async (sealer) => sealer.kill('SIGKILL') && (await once(sealer, 'exit'))));
  }
});

async function countSeals(): Promise<number> {
  const [row] = await trail.context.sql<{ count: number }[]>`select count(*)::float8 as count from audit_seals`;
  return row!.count;
}

function startSealer(): ChildProcess {
  const script = fileURLToPath(new URL('../testing/seal-for-ever.ts', import.meta.url));
  return spawn(process.execPath, [script, trail.databaseUrl, trail.context.config.dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const ready = (sealer: ChildProcess) => once(sealer.stdout!, 'data'); // a pipe by the options above
