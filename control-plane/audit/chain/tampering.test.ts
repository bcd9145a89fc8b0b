import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAuditTrail, type AuditTrail } from '../testing/audit-trail.ts';
import { verifyAll } from '../testing/verify-all.ts';
import { checkpointDirectory, checkpointFile } from './checkpoint-file.ts';
import { keepCheckpoints } from './checkpoint-loop.ts';
import { digestContent, digestOrigin, genesis, sealOf } from './seal.ts';
import { sealAuditEvents } from './sealer.ts';
import { contentOf, originOf } from './store.ts';
import { walkSeals } from './verify-store.ts';

let trail: AuditTrail;

beforeEach(async () => {
  trail = await openAuditTrail();
  await trail.record(10);
  await sealAuditEvents(trail.context);
  await keepCheckpoints(trail.context, 0);
  await trail.record(10);
  await sealAuditEvents(trail.context);
  await keepCheckpoints(trail.context, 0);
});

afterEach(() => trail.close());

/** Makes all seals anew, as somebody would who knows how they are made. */
async function reseal(): Promise<void> {
  const { context } = trail;
  let previous = genesis(context.installation.id);
  for (const row of await walkSeals(context.sql, { after: 0n, until: 1_000n })) {
    const [origin, content] = [originOf(row), contentOf(row)];
    const digests = { originDigest: origin && digestOrigin(origin), contentDigest: content && digestContent(content) };
    previous = sealOf(previous, BigInt(row.position), { ...row, ...digests })!;
    const seal = previous;
    await trail.tamper(
      (sql) => sql`
      update audit_seals set seal = ${seal}, origin_digest = ${digests.originDigest}, content_digest = ${digests.contentDigest} where position = ${row.position}
    `,
    );
  }
}

const filePath = () => checkpointFile(checkpointDirectory(trail.context.config.dataDir), trail.context.installation.id);

test('an untouched audit is intact', async () => {
  const { found, result } = await verifyAll(trail.context);
  expect(found).toEqual([]);
  expect(result).toMatchObject({
    intact: true,
    rows: 20,
    checkpoints: 2,
    keptCheckpoints: 2,
    waiting: 0,
    erasedOrigins: 0,
    erasedContents: 0,
  });
  expect(result.newestCheckpoint?.position).toBe(20n);
});

test('the chain’s end is signed within five minutes, and not before it has grown', async () => {
  const { context } = trail;
  const signed = async () => (await keepCheckpoints(context)).signed;
  const lastSigned = (ago: string) =>
    trail.tamper((sql) => sql`update audit_checkpoints set signed_at = now() - ${ago}::interval where position = 20`);
  expect(await signed(), 'it was signed just now').toBeUndefined();
  await lastSigned('5 minutes');
  expect(await signed(), 'nothing has come since').toBeUndefined();
  await trail.record(1);
  await sealAuditEvents(context);
  await lastSigned('4 minutes');
  expect(await signed()).toBeUndefined();
  // The loop looks every half minute.
  await lastSigned('4 minutes 30 seconds');
  expect(await signed()).toBe('21');
});

test.each([
  { table: 'audit_events', column: 'actor' },
  { table: 'audit_seals', column: 'seal' },
  { table: 'audit_checkpoints', column: 'seal' },
  { table: 'audit_erasures', column: 'part' },
  { table: 'audit_origins', column: 'address' },
  { table: 'audit_contents', column: 'reason' },
])('the database refuses to change or empty $table', async ({ table, column }) => {
  const { sql } = trail.context;
  await expect(sql`update ${sql(table)} set ${sql(column)} = ${sql(column)} where false`).rejects.toMatchObject({
    code: 'P0001',
  });
  await expect(sql`truncate ${sql(table)}`).rejects.toMatchObject({ code: 'P0001' });
});

test.each(['audit_events', 'audit_seals', 'audit_checkpoints', 'audit_erasures'])(
  'the database refuses to delete from %s',
  async (table) => {
    const { sql } = trail.context;
    await expect(sql`delete from ${sql(table)} where false`).rejects.toMatchObject({ code: 'P0001' });
  },
);

test.each(['at', 'actor', 'credential_id', 'action', 'target', 'team_id', 'outcome', 'request_id'])(
  'a changed %s is found, with its position',
  async (column) => {
    const value = column === 'at' ? 'infinity' : column === 'outcome' ? 'denied' : 'somebody';
    const type = column === 'at' ? 'timestamptz' : 'text';
    await trail.tamper(
      (sql) =>
        sql`update audit_events set ${sql(column)} = ${value}::text::${sql.unsafe(type)} where id = (select event_id from audit_seals where position = 7)`,
    );
    const { found, result } = await verifyAll(trail.context);
    expect(found).toEqual(['changed 7']);
    expect(result.intact).toBe(false);
  },
);

test('a time that moved by one microsecond is found', async () => {
  await trail.tamper(
    (sql) =>
      sql`update audit_events set at = at + interval '1 microsecond' where id = (select event_id from audit_seals where position = 3)`,
  );
  expect((await verifyAll(trail.context)).found).toEqual(['changed 3']);
});

test('a changed origin and a changed content are found', async () => {
  await trail.tamper(
    (sql) =>
      sql`update audit_origins set address = '192.0.2.8' where event_id = (select event_id from audit_seals where position = 4)`,
  );
  await trail.tamper(
    (sql) =>
      sql`update audit_contents set after = '{"index": 5}' where event_id = (select event_id from audit_seals where position = 5)`,
  );
  expect((await verifyAll(trail.context)).found).toEqual(['origin_changed 4', 'content_changed 5']);
});

test('a content that is added to a row that had none is found', async () => {
  await trail.record(1, { after: undefined, target: 'bare' });
  await sealAuditEvents(trail.context);
  await trail.tamper(
    (sql) =>
      sql`insert into audit_contents (event_id, reason) select id, 'because' from audit_events where target = 'bare'`,
  );
  expect((await verifyAll(trail.context)).found).toEqual(['content_changed 21']);
});

test('a removed row is found', async () => {
  await trail.tamper(
    (sql) => sql`delete from audit_events where id = (select event_id from audit_seals where position = 12)`,
  );
  expect((await verifyAll(trail.context)).found).toEqual(['missing 12']);
});

test('a row removed together with its seal is found', async () => {
  await trail.tamper(
    (sql) =>
      sql`with gone as (delete from audit_seals where position = 12 returning event_id) delete from audit_events using gone where id = event_id`,
  );
  expect((await verifyAll(trail.context)).found).toEqual(['seal_missing 12']);
});

test('a hole that is as wide as numbers go is found at once', async () => {
  await trail.tamper((sql) => sql`update audit_seals set position = 9000000000000000000 where position = 19`);
  expect((await verifyAll(trail.context)).found).toEqual(['seal_missing 19', 'seal_missing 21']);
});

test('two rows whose seals were swapped are found', async () => {
  await trail.tamper(async (sql) => {
    const [one] = await sql<{ id: string }[]>`select event_id as id from audit_seals where position = 8`;
    const [other] = await sql<{ id: string }[]>`select event_id as id from audit_seals where position = 9`;
    await sql`update audit_seals set event_id = -1 where position = 8`;
    await sql`update audit_seals set event_id = ${one!.id} where position = 9`;
    await sql`update audit_seals set event_id = ${other!.id} where position = 8`;
  });
  const { found } = await verifyAll(trail.context);
  expect(found).toEqual(expect.arrayContaining(['changed 8', 'changed 9']));
});

test('a row that was inserted behind the door is found', async () => {
  await trail.tamper(
    (sql) => sql`insert into audit_events (actor, action, outcome) values ('user:nobody', 'host.create', 'done')`,
  );
  const { found, findings } = await verifyAll(trail.context);
  expect(found).toEqual(['unsealed']);
  expect(findings[0]!.eventId).toMatch(/^\d+$/);
});

test('a row with a seal that was inserted into the middle is found', async () => {
  await trail.tamper(async (sql) => {
    await sql`alter table audit_seals drop constraint audit_seals_pkey`;
    const [row] = await sql<
      { id: string }[]
    >`insert into audit_events (actor, action, outcome) values ('user:nobody', 'host.create', 'done') returning id`;
    await sql`insert into audit_seals (position, event_id, version, seal) values (6, ${row!.id}, 1, ${Buffer.alloc(32)})`;
  });
  expect((await verifyAll(trail.context)).found).toContain('forked 6');
});

test('a chain that was made anew with a changed row is found by the checkpoints', async () => {
  await trail.tamper(
    (sql) =>
      sql`update audit_events set actor = 'user:other' where id = (select event_id from audit_seals where position = 15)`,
  );
  await reseal();
  expect((await verifyAll(trail.context)).found).toEqual(['rewritten 20']);
});

test('a chain whose end was cut off is found by the checkpoints', async () => {
  await trail.tamper(async (sql) => {
    await sql`with gone as (delete from audit_seals where position > 16 returning event_id) delete from audit_events using gone where id = event_id`;
  });
  expect((await verifyAll(trail.context)).found).toEqual(['shortened 20']);
});

test('an end that was cut off together with its checkpoints is found by the exported file', async () => {
  await trail.tamper(async (sql) => {
    await sql`with gone as (delete from audit_seals where position > 16 returning event_id) delete from audit_events using gone where id = event_id`;
    await sql`delete from audit_checkpoints where position > 16`;
  });
  expect((await verifyAll(trail.context, [])).found).toEqual([]);
  expect((await verifyAll(trail.context)).found).toEqual(['shortened 20']);
});

test('a chain that was cut off and grew again is found by the exported file', async () => {
  await trail.tamper(async (sql) => {
    await sql`with gone as (delete from audit_seals where position > 16 returning event_id) delete from audit_events using gone where id = event_id`;
    await sql`delete from audit_checkpoints where position > 16`;
  });
  await trail.record(10);
  await sealAuditEvents(trail.context);
  expect((await verifyAll(trail.context)).found).toEqual(['rewritten 20']);
});

test('checkpoints that the database has lost, or that somebody else signed, are found', async () => {
  await trail.tamper((sql) => sql`delete from audit_checkpoints where position = 10`);
  await trail.tamper((sql) => sql`update audit_checkpoints set signature = ${Buffer.alloc(64)} where position = 20`);
  await trail.tamper(
    (sql) => sql`insert into audit_checkpoints values (5, ${Buffer.alloc(32)}, 'infinity', ${Buffer.alloc(64)})`,
  );
  expect((await verifyAll(trail.context, [])).found).toEqual(['checkpoint_invalid 5', 'checkpoint_invalid 20']);
  expect((await verifyAll(trail.context)).found).toEqual([
    'checkpoint_invalid 5',
    'checkpoint_invalid 20',
    'checkpoint_missing 10',
  ]);
});

test('a changed line of the exported file is found', async () => {
  const text = await readFile(filePath(), 'utf8');
  await writeFile(filePath(), text.replace('"position":"10"', '"position":"11"'));
  await appendFile(filePath(), 'nonsense\n');
  expect((await verifyAll(trail.context)).found).toEqual(['checkpoint_invalid 11', 'checkpoint_unreadable']);
});

test('a row that is removed while it waits for its seal is found', async () => {
  await trail.record(1, { target: 'unlucky' });
  await trail.tamper((sql) => sql`delete from audit_events where target = 'unlucky'`);
  expect((await verifyAll(trail.context)).found).toEqual(['lost']);
  await trail.record(3);
  expect(await sealAuditEvents(trail.context)).toEqual({ sealed: 3 });
});

test('a seal of an unknown version is said to be one', async () => {
  await trail.tamper((sql) => sql`update audit_seals set version = 99 where position = 2`);
  expect((await verifyAll(trail.context)).found).toEqual(['unknown_version 2']);
});

test('a replica whose file is lost writes it anew, and a half-written line is cut off', async () => {
  const whole = await readFile(filePath(), 'utf8');
  await rm(filePath());
  expect(await keepCheckpoints(trail.context)).toEqual({ signed: undefined, exported: 2 });
  expect(await readFile(filePath(), 'utf8')).toBe(whole);
  await writeFile(filePath(), whole.slice(0, -20));
  expect(await keepCheckpoints(trail.context)).toEqual({ signed: undefined, exported: 1 });
  expect(await readFile(filePath(), 'utf8')).toBe(whole);
});
