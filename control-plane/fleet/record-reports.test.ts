import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { createTestDatabase, type TestDatabase } from '../../tests/setup/database.ts';
import { recordComponentReports } from './record-reports.ts';

let database: TestDatabase;
let sql: postgres.Sql;
const hosts = ['host000000000001', 'host000000000002', 'host000000000003'] as const;
const [one, two, three] = hosts;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 4 });
  for (const id of hosts) await sql`insert into hosts (id, name, status) values (${id}, ${id}, 'online')`;
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});
beforeEach(() => sql`delete from component_reports`);

type Init = MessageInitShape<typeof ComponentReportSchema>;
const say = (hostId: string, ...reports: Init[]) => ({
  hostId,
  reports: reports.map((init) => create(ComponentReportSchema, { component: 'app', ...init })),
});
interface Row {
  host_id: string;
  component: string;
  running_sha: string;
  reported_at: Date;
  changed_at: Date;
}
const rows = () =>
  sql<
    Row[]
  >`select host_id, component, running_sha, reported_at, changed_at from component_reports order by host_id, component`;

test('many hosts are written at once; only those of which a fact has changed are named', async () => {
  expect(
    new Set(
      await recordComponentReports(sql, [say(one, { runningSha: 'a' }), say(two, { runningSha: 'b' }), say(three)]),
    ),
  ).toEqual(new Set([one, two]));
  const before = await rows();
  expect(await recordComponentReports(sql, [say(one, { runningSha: 'a' }), say(two, { runningSha: 'c' })])).toEqual([
    two,
  ]);
  const after = await rows();
  expect(after.map((row) => row.running_sha)).toEqual(['a', 'c']);
  expect(after[0]!.changed_at).toEqual(before[0]!.changed_at);
  expect(after[0]!.reported_at > before[0]!.reported_at).toBe(true);
  expect(after[1]!.changed_at > before[1]!.changed_at).toBe(true);
});

test.each<[string, Init]>([
  ['repository', { repository: 'r' }],
  ['worktree', { worktreeSha: 'w' }],
  ['dirty', { dirty: true }],
  ['source', { buildSource: BuildSource.HTTP }],
  ['time of the build', { builtAt: timestampFromDate(new Date(1)) }],
  ['time of the start', { startedAt: timestampFromDate(new Date(1)) }],
  ['words of the probe', { probeError: 'no' }],
])('a change of the %s is a change of facts', async (_, change) => {
  await recordComponentReports(sql, [say(one, {})]);
  expect(await recordComponentReports(sql, [say(one, change)])).toEqual([one]);
  expect(await recordComponentReports(sql, [say(one, change)])).toEqual([]);
});

test('what a host does not name any more is gone, and only there', async () => {
  await recordComponentReports(sql, [say(one, {}, { component: 'web' }), say(two, {}, { component: 'web' })]);
  expect(await recordComponentReports(sql, [say(one, {})])).toEqual([one]);
  expect(await recordComponentReports(sql, [say(two)])).toEqual([two]);
  expect((await rows()).map((row) => [row.host_id, row.component])).toEqual([[one, 'app']]);
});

test('watchers are told once, of changes alone', async () => {
  const heard: string[] = [];
  const listening = await sql.listen('muster', (payload) => void heard.push(payload));
  await recordComponentReports(sql, [say(one, { runningSha: 'a' })]);
  await recordComponentReports(sql, [say(one, { runningSha: 'a' })]);
  await recordComponentReports(sql, [say(two, { runningSha: 'a' })]);
  await expect.poll(() => heard).toEqual([`fleet:${one}`, `fleet:${two}`]);
  await listening.unlisten();
});

test('whatever a host sends can be stored', async () => {
  const endless: Partial<Timestamp> = { seconds: 10n ** 15n, nanos: 0 };
  const early: Partial<Timestamp> = { seconds: -(10n ** 12n), nanos: 999_999_999 };
  const odd = { builtAt: endless, startedAt: early } as Init; // no calendar has these, but the wire does
  await recordComponentReports(sql, [
    say(one, { ...odd, component: 'nul\0', runningSha: 'a\0b', probeError: '\ud800 lone\n\t' }),
    say(one, { runningSha: 'first' }, { runningSha: "'; drop table hosts; --" }),
    say(two, { component: '\0' }, { component: ' ' }),
  ]);
  expect((await rows()).map((row) => [row.host_id, row.component, row.running_sha])).toEqual([
    [one, 'app', "'; drop table hosts; --"],
    [two, '', ''],
  ]);
  await recordComponentReports(sql, [
    say(one, { ...odd, component: 'nul\0', runningSha: 'a\0b', probeError: '\ud800 lone\n\t' }),
  ]);
  expect((await rows())[0]).toMatchObject({ component: 'nul', running_sha: 'a b' });
});

test('replicas that write the same hosts at once do not block each other for ever', async () => {
  const batch = (sha: string) => hosts.map((id) => say(id, { runningSha: sha }, { component: 'web', runningSha: sha }));
  await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      recordComponentReports(sql, at % 2 === 0 ? batch(String(at)) : batch(String(at)).toReversed()),
    ),
  );
  expect(await rows()).toHaveLength(6);
});
