import { setTimeout as pause } from 'node:timers/promises';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { fromJsonString } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AuditEventSchema,
  AuditExportFormat,
  AuditFindingKind,
  AuditOutcome,
  AuditService,
  type AuditEvent,
} from '#proto/muster/v1/audit_pb.js';
import { authRoutes } from '../auth/index.ts';
import {
  callPlain,
  contextOf,
  expectEventually,
  startTestControlPlane,
  type TestControlPlane,
  type TestUser,
} from '../testing/index.ts';
import { checkpointLoop } from './chain/checkpoint-loop.ts';
import { sealerLoop } from './chain/sealer.ts';
import { recordAudit, type AuditEntry } from './record.ts';
import { auditRoutes } from './rpc.ts';

let muster: TestControlPlane;
let member: TestUser;

const auditOf = (user: TestUser) => createClient(AuditService, user.clients.transport);

async function record(user: TestUser, entry: AuditEntry): Promise<void> {
  const context = await contextOf(muster.context, user);
  await context.transaction((sql) => recordAudit(sql, context, entry));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const allSealed = () =>
  expectEventually(
    async () =>
      (await muster.services.pool<{ count: number }[]>`select count(*)::int as count from audit_unsealed`)[0]?.count,
    0,
  );

beforeAll(async () => {
  muster = await startTestControlPlane({
    features: () => ({
      routes: [authRoutes, auditRoutes],
      loops: [sealerLoop, checkpointLoop],
      onUpgrade: (_request, socket) => void socket.destroy(),
      close: async () => {},
    }),
  });
  member = await muster.makeUser('Mel');
  await muster.services
    .pool`insert into team_members (team_id, user_id, role) values (${muster.other.teamId}, ${member.id}, 'member')`;
  await record(muster.admin, { action: 'host.create', target: 'hostaaaaaaaaaaaa', after: { name: '=cmd|calc' } });
  await record(muster.other, {
    action: 'sandbox.create',
    target: 'sbxaaaaaaaaaaaa',
    teamId: muster.other.teamId,
    after: { template: 'base' },
  });
  await record(muster.other, {
    action: 'sandbox.destroy',
    target: 'sbxaaaaaaaaaaaa',
    teamId: muster.other.teamId,
    outcome: 'denied',
    reason: 'It is not yours.',
  });
});

afterAll(() => muster.stop());

const actions = (events: readonly AuditEvent[]) => events.map(({ action }) => action);

test('a platform admin reads all rows, newest first, with names', async () => {
  const { events } = await auditOf(muster.admin).listAuditEvents({});
  expect(actions(events).slice(0, 3)).toEqual(['sandbox.destroy', 'sandbox.create', 'host.create']);
  const [destroy, create] = events;
  expect(destroy).toMatchObject({
    outcome: AuditOutcome.DENIED,
    reason: 'It is not yours.',
    actor: { id: `user:${muster.other.id}`, name: 'Grace' },
    team: { id: muster.other.teamId },
    address: '127.0.0.1',
    userAgent: 'test',
  });
  expect(destroy!.team!.name).not.toBe('');
  expect(create).toMatchObject({ after: { template: 'base' }, contentErased: false });
  expect(Math.abs(Number(create!.at!.seconds) * 1000 - Date.now())).toBeLessThan(60_000);
});

test('owners read the rows of their team alone', async () => {
  const { events } = await auditOf(muster.other).listAuditEvents({});
  expect(events.every(({ team }) => team?.id === muster.other.teamId)).toBe(true);
  expect(actions(events)).toEqual(expect.arrayContaining(['sandbox.destroy', 'sandbox.create']));
  const seen = await auditOf(muster.admin).listAuditEvents({ teamId: muster.other.teamId });
  expect(seen.events.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
});

test('members read none, and teams of others do not exist', async () => {
  const asked = auditOf(member).listAuditEvents({ teamId: muster.other.teamId });
  await expect(asked).rejects.toMatchObject({ code: Code.PermissionDenied });
  await expect(auditOf(muster.other).listAuditEvents({ teamId: muster.admin.teamId })).rejects.toMatchObject({
    code: Code.NotFound,
  });
  await expect(
    collect(auditOf(member).exportAuditEvents({ format: AuditExportFormat.CSV, teamId: muster.other.teamId })),
  ).rejects.toMatchObject({
    code: Code.PermissionDenied,
  });
  await expect(collect(auditOf(muster.other).verifyAudit({}))).rejects.toMatchObject({ code: Code.PermissionDenied });
});

test('pages follow each other without gaps, also while rows are added', async () => {
  const audit = auditOf(muster.admin);
  const all = (await audit.listAuditEvents({})).events.map(({ id }) => id);
  const seen: string[] = [];
  for (let pageToken = ''; ;) {
    const page = await audit.listAuditEvents({ pageSize: 2, pageToken });
    seen.push(...page.events.map(({ id }) => id));
    await record(muster.admin, { action: 'team.update', target: 'between' });
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  expect(seen).toEqual(all);
});

test.each([
  { by: 'action', filter: () => ({ actionPrefix: 'sandbox.' }), found: ['sandbox.destroy', 'sandbox.create'] },
  { by: 'action, whole', filter: () => ({ actionPrefix: 'sandbox.create' }), found: ['sandbox.create'] },
  { by: 'target', filter: () => ({ target: 'hostaaaaaaaaaaaa' }), found: ['host.create'] },
  {
    by: 'actor',
    filter: () => ({ actor: `user:${muster.other.id}`, actionPrefix: 'sandbox' }),
    found: ['sandbox.destroy', 'sandbox.create'],
  },
  {
    by: 'outcome',
    filter: () => ({ outcomes: [AuditOutcome.DENIED], actionPrefix: 'sandbox.' }),
    found: ['sandbox.destroy'],
  },
  {
    by: 'a time in the future',
    filter: () => ({ since: timestampFromDate(new Date(Date.now() + 3_600_000)) }),
    found: [],
  },
  {
    by: 'a time in the past',
    filter: () => ({ until: timestampFromDate(new Date(Date.now() - 3_600_000)) }),
    found: [],
  },
  { by: 'a nonsense action', filter: () => ({ actionPrefix: '_' }), found: [] },
])('rows are found by $by', async ({ filter, found }) => {
  const { events } = await auditOf(muster.admin).listAuditEvents({ filter: filter() });
  expect(actions(events.filter(({ action }) => action !== 'audit.export'))).toEqual(found);
});

test('times are compared to the microsecond', async () => {
  const audit = auditOf(muster.admin);
  const [event] = (await audit.listAuditEvents({ filter: { actionPrefix: 'host.create' } })).events;
  const at = event!.at!;
  const next = { ...at, nanos: at.nanos + 1000 };
  const find = async (filter: object) =>
    (await audit.listAuditEvents({ filter: { actionPrefix: 'host.create', ...filter } })).events.length;
  expect([
    await find({ since: at }),
    await find({ since: next }),
    await find({ until: at }),
    await find({ until: next }),
  ]).toEqual([1, 0, 0, 1]);
});

test.each([
  {
    what: 'a page token of another list',
    request: { pageToken: Buffer.from('["x"]').toString('base64url') },
    field: 'page_token',
  },
  {
    what: 'a moment that no calendar has',
    request: { filter: { since: { seconds: 10n ** 15n, nanos: 0 } } },
    field: 'filter.since',
  },
])('$what is refused by name', async ({ request, field }) => {
  const error = await auditOf(muster.admin)
    .listAuditEvents(request)
    .catch((caught: unknown) => ConnectError.from(caught));
  expect(error).toMatchObject({ code: Code.InvalidArgument });
  expect(JSON.stringify((error as ConnectError).details)).toContain(field.slice(0, 4));
});

test('an action prefix with anything but names in it is refused', async () => {
  await expect(
    auditOf(muster.admin).listAuditEvents({ filter: { actionPrefix: "x%' or true" } }),
  ).rejects.toMatchObject({ code: Code.InvalidArgument });
});

async function exported(user: TestUser, format: AuditExportFormat, more: object = {}): Promise<string> {
  const pieces = await collect(auditOf(user).exportAuditEvents({ format, ...more }));
  return Buffer.concat(pieces.map(({ data }) => data)).toString();
}

test('an export as CSV has a head line, all sealed rows oldest first, and no formulas; it is itself audited', async () => {
  await allSealed();
  const text = await exported(muster.admin, AuditExportFormat.CSV, { filter: { actionPrefix: 'host.' } });
  const [head, line, rest] = text.split('\r\n');
  expect(head).toMatch(/^position,id,at,actor,actor_name,/);
  expect(line).toMatch(/^"\d+","\d+","\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","user:\w+","Ada",/);
  expect(line).toContain('"{""name"":""=cmd|calc""}"');
  expect(rest).toBe('');
  const { events } = await auditOf(muster.admin).listAuditEvents({ filter: { actionPrefix: 'audit.export' } });
  expect(events[0]).toMatchObject({ after: { format: 'csv', actionPrefix: 'host.' } });
});

test('an export as JSON lines holds what the list answers, and can be resumed', async () => {
  await allSealed();
  const lines = eventsIn(await exported(muster.other, AuditExportFormat.JSON_LINES));
  const { events } = await auditOf(muster.other).listAuditEvents({});
  expect(lines.filter(({ action }) => action !== 'audit.export').map(({ id }) => id)).toEqual(
    events
      .filter(({ action }) => action !== 'audit.export')
      .map(({ id }) => id)
      .toReversed(),
  );
  expect(lines.every(({ team }) => team?.id === muster.other.teamId)).toBe(true);
  const [first, ...later] = lines;
  const rest = await exported(muster.other, AuditExportFormat.JSON_LINES, {
    afterPosition: first!.position,
    filter: { actionPrefix: 'sandbox.' },
  });
  expect(eventsIn(rest)).toEqual(later.filter(({ action }) => action.startsWith('sandbox.')));
});

const eventsIn = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => fromJsonString(AuditEventSchema, line));

test('an export goes only as fast as it is read', async () => {
  await muster.services.pool`
    with event as (insert into audit_events (actor, action, target, outcome) select 'system', 'bulk.row', 'bulk', 'done' from generate_series(1, 4000) returning id),
    content as (insert into audit_contents (event_id, reason) select id, repeat('x', 4000) from event)
    insert into audit_unsealed select id from event
  `;
  await allSealed();
  const reads = async () =>
    Number(
      (
        await muster.services
          .pool`select coalesce(sum(idx_tup_fetch), 0) as sum from pg_stat_all_tables where relname = 'audit_contents'`
      )[0]!['sum'],
    );
  const response = await fetch(`${muster.url}/muster.v1.AuditService/ExportAuditEvents`, {
    method: 'POST',
    headers: { 'content-type': 'application/connect+json', authorization: `Bearer ${muster.admin.token}` },
    body: envelope({ format: 'AUDIT_EXPORT_FORMAT_JSON_LINES', filter: { target: 'bulk' } }),
  });
  const reader = response.body!.getReader();
  await reader.read();
  const before = await reads();
  await pause(1_000);
  // 16 MB are there to be read; some fit into the buffers of the sockets.
  expect((await reads()) - before).toBeLessThan(3_000);
  let bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
  expect(bytes).toBeGreaterThan(16_000_000);
});

function envelope(message: object): Uint8Array<ArrayBuffer> {
  const data = Buffer.from(JSON.stringify(message));
  const framed = new Uint8Array(5 + data.length);
  new DataView(framed.buffer).setUint32(1, data.length);
  framed.set(data, 5);
  return framed;
}

test('a verification tells how far it is, and in the end that all is well', async () => {
  await allSealed();
  const steps = (await collect(auditOf(muster.admin).verifyAudit({}))).map(({ event }) => event);
  expect(steps[0]).toMatchObject({ case: 'progress', value: { rows: 0n } });
  const last = steps.at(-1)!;
  expect(last).toMatchObject({ case: 'result', value: { intact: true, findings: 0n, waiting: 0n } });
  expect(last.case === 'result' && last.value.sentence).toMatch(/^All \d+ rows are as sealed/);
});

test('a verification checks what the caller has kept, and names what was changed', async () => {
  const kept = {
    installationId: muster.services.installation.id,
    position: 10n ** 17n,
    seal: Buffer.alloc(32),
    signedAtMicros: 1n,
    signature: Buffer.alloc(64),
  };
  const steps = (await collect(auditOf(muster.admin).verifyAudit({ checkpoints: [kept] }))).map(({ event }) => event);
  expect(steps.find((step) => step.case === 'finding')?.value).toMatchObject({
    kind: AuditFindingKind.CHECKPOINT_INVALID,
    position: 10n ** 17n,
  });
  expect(steps.at(-1)).toMatchObject({ case: 'result', value: { intact: false, findings: 1n } });
});

test('plain curl is answered, too', async () => {
  const answer = await callPlain(
    muster.url,
    'muster.v1.AuditService/ListAuditEvents',
    { pageSize: 1 },
    { authorization: `Bearer ${muster.admin.token}` },
  );
  expect(answer.status).toBe(200);
  expect((await callPlain(muster.url, 'muster.v1.AuditService/ListAuditEvents', {})).status).toBe(401);
});

test('rows that hold what no text should are read and exported all the same', async () => {
  const odd = 'a\0b\u{d800}c\u{1f600}';
  await record(muster.admin, { action: 'odd.row', target: odd, reason: odd, after: { [odd]: odd } });
  await allSealed();
  const { events } = await auditOf(muster.admin).listAuditEvents({ filter: { actionPrefix: 'odd.' } });
  expect(events).toHaveLength(1);
  expect(await exported(muster.admin, AuditExportFormat.JSON_LINES, { filter: { actionPrefix: 'odd.' } })).toContain(
    'odd.row',
  );
  expect(await exported(muster.admin, AuditExportFormat.CSV, { filter: { actionPrefix: 'odd.' } })).toContain(
    'odd.row',
  );
});
