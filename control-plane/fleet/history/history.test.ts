import { join } from 'node:path';
import { timestampDate, timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildSource, type HistoryInterval } from '#proto/muster/v1/fleet_pb.js';
import { startFleetBench, type FleetBench } from '../testing/fleet.ts';
import { commit, createRepository } from '../testing/git-repository.ts';
import { intervals, listIntervals } from './store.ts';

let bench: FleetBench;
const shas: string[] = [];
const fleet = () => bench.plane.admin.clients.fleet;
const sql = () => bench.plane.services.pool;

beforeAll(async () => {
  bench = await startFleetBench();
  const upstream = createRepository(join(bench.root, 'app'));
  shas.push(commit(upstream, 'First'), commit(upstream, 'Second'), commit(upstream, 'Third'));
  await fleet().registerRepository({ name: 'app', url: upstream });
});
afterAll(() => bench?.stop());

/** Moves all that was recorded of a host into the past. */
async function age(hostId: string, seconds: number): Promise<void> {
  const by = sql()`make_interval(secs => ${seconds})`;
  await sql()`update component_history set started_at = started_at - ${by}, ended_at = ended_at - ${by} where host_id = ${hostId}`;
  await sql()`update component_reports set reported_at = reported_at - ${by} where host_id = ${hostId}`;
}

const nameOf = (sha: string | undefined) =>
  sha ? (['First', 'Second', 'Third'][shas.indexOf(sha)] ?? sha) : 'unknown';
/** `app Second 60..goes on`, in seconds ago; whole half minutes, so that the test itself may take nearly as long. */
function lineOf({ component, running, from, to }: HistoryInterval): string {
  const ago = (at: HistoryInterval['from']) =>
    at ? Math.floor((Date.now() - timestampDate(at).getTime() + 1_000) / 30_000) * 30 : 'on';
  return `${component} ${nameOf(running?.sha)} ${ago(from)}..${ago(to)}`;
}
const historyOf = async (hostId: string, more: { component?: string; from?: Timestamp; until?: Timestamp } = {}) =>
  (await fleet().listHistory({ ...more, hostId })).intervals.map(lineOf);
const ago = (seconds: number) => timestampFromDate(new Date(Date.now() - seconds * 1000));

test('an interval lasts as long as the same is reported, and the next begins where it ends', async () => {
  const host = await bench.addHost('steady');
  await bench.report(host, { runningSha: shas[0]! });
  await age(host, 60);
  await bench.report(host, { runningSha: shas[0]! });
  await age(host, 60);
  await bench.report(host, { runningSha: shas[1]! });
  await age(host, 30);
  await bench.report(host, { runningSha: shas[1]! });
  expect(await historyOf(host)).toEqual(['app Second 30..on', 'app First 150..30']);
  const { intervals: found } = await fleet().listHistory({ hostId: host });
  expect(found[0]?.from).toEqual(found[1]?.to);
  expect(await historyOf(host, { from: ago(100), until: ago(100) })).toEqual(['app First 150..30']);
});

test('where nothing was reported, there is a gap, also when the same comes back', async () => {
  const host = await bench.addHost('gaps');
  await bench.report(host, { runningSha: shas[0]! });
  await age(host, 60);
  await bench.report(host, { runningSha: shas[0]! });
  await age(host, 600);
  expect(await historyOf(host)).toEqual(['app First 660..600']);
  await bench.report(host, { runningSha: shas[0]! });
  await age(host, 30);
  await bench.report(host, { runningSha: shas[0]! });
  expect(await historyOf(host)).toEqual(['app First 30..on', 'app First 690..630']);
  expect(await historyOf(host, { from: ago(300), until: ago(300) })).toEqual([]);
});

test('a probe that fails, a component that is not named any more and a mere pull are not what ran', async () => {
  const host = await bench.addHost('unsure');
  await bench.report(host, { runningSha: shas[0]! });
  await age(host, 60);
  await bench.report(host, { probeError: 'No such file.' });
  expect(await historyOf(host)).toEqual(['app First 60..60']);
  await age(host, 60);
  const old = timestampFromDate(new Date(Date.now() - 600_000));
  await bench.report(host, {
    buildSource: BuildSource.FILE,
    runningSha: shas[1]!,
    worktreeSha: shas[1]!,
    builtAt: ago(10),
    startedAt: old,
  });
  const { intervals: found } = await fleet().listHistory({ hostId: host });
  expect(found[0]).toMatchObject({ onDisk: { sha: shas[1]!, subject: 'Second' } });
  expect(found[0]?.running).toBeUndefined();
  await age(host, 60);
  await bench.report(host);
  expect((await historyOf(host))[0]).toBe('app unknown 60..60');
});

test('two components of one repository have histories of their own', async () => {
  const host = await bench.addHost('two');
  await bench.report(host, { component: 'api', runningSha: shas[0]! }, { component: 'web', runningSha: shas[1]! });
  await age(host, 60);
  await bench.report(host, { component: 'api', runningSha: shas[2]! }, { component: 'web', runningSha: shas[1]! });
  expect(await historyOf(host, { component: 'web' })).toEqual(['web Second 60..on']);
  expect(await historyOf(host, { component: 'api' })).toEqual(['api Third 0..on', 'api First 60..0']);
});

test('nothing is written while nothing changes, and replicas that race leave one interval that goes on', async () => {
  const host = await bench.addHost('raced');
  await Promise.all(Array.from({ length: 12 }, (_, at) => bench.report(host, { runningSha: shas[at % 3]! })));
  await bench.report(host, { runningSha: shas[0]! });
  const rows =
    await sql()`select running_sha, ended_at, xmin::text from component_history where host_id = ${host} order by started_at, id`;
  expect(rows.filter(({ ended_at }) => ended_at === null)).toMatchObject([{ running_sha: shas[0]! }]);
  await bench.report(host, { runningSha: shas[0]! });
  expect(
    await sql()`select running_sha, ended_at, xmin::text from component_history where host_id = ${host} order by started_at, id`,
  ).toEqual(rows);
});

test('pages go on where the one before ended', async () => {
  const host = await bench.addHost('pages');
  for (let at = 0; at < 5; at += 1) {
    await bench.report(host, { runningSha: shas[at % 3]! });
    await age(host, 60);
  }
  const whole = await historyOf(host);
  const first = await fleet().listHistory({ hostId: host, pageSize: 2 });
  const second = await fleet().listHistory({ hostId: host, pageSize: 3, pageToken: first.nextPageToken });
  expect([...first.intervals, ...second.intervals].map(lineOf)).toEqual(whole);
  expect(second.nextPageToken).toBe('');
  await expect(fleet().listHistory({ hostId: host, pageToken: 'x' })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
  await expect(fleet().listHistory({ hostId: 'host0000000000000000' })).rejects.toMatchObject({ code: Code.NotFound });
});

test('a year of one host is read by its index', async () => {
  const host = await bench.addHost('large');
  await sql()`
    insert into component_history (host_id, component, repository, running_sha, disk_sha, dirty, started_at, ended_at)
    select host.id, 'app', 'app', 'x', '', false, now() - n * interval '2 hours', now() - (n - 1) * interval '2 hours'
    from hosts host, generate_series(1, 4000) n
  `;
  await sql()`analyze component_history`;
  const query = {
    hostId: host,
    component: '',
    from: new Date(Date.now() - 365 * 86_400_000),
    until: new Date(),
    after: undefined,
    limit: 101,
    gapMs: 90_000,
  };
  const plan = await sql()`explain ${intervals(sql(), query)}`;
  const text = plan.map((row) => Object.values(row).join('')).join('\n');
  expect(text).toContain('component_history_by_host');
  expect(text).not.toContain('Seq Scan on component_history');
  // In the index's order, no further than the page goes: not all of the year, sorted.
  expect(text).toMatch(/Limit[^\n]*\n[^\n]*Index (Only )?Scan using component_history_by_host/);

  // Of one moment not even the older ones are read, nor those of a component that is not there any more.
  await sql()`
    insert into component_history (host_id, component, repository, running_sha, disk_sha, dirty, started_at, ended_at)
    select ${host}, 'gone', 'app', 'x', '', false, now() - interval '300 days', now() - interval '299 days'
  `;
  const moment = new Date(Date.now() - 5_400_000);
  const atMoment = { ...query, from: moment, until: moment };
  expect((await listIntervals(sql(), atMoment)).map(({ component }) => component)).toEqual(['app']);
  const read = await sql()`explain (analyze, timing off, summary off) ${intervals(sql(), atMoment)}`;
  const removed = read.flatMap((row) => /Rows Removed.*: (\d+)/.exec(Object.values(row).join(''))?.[1] ?? []);
  expect(Math.max(0, ...removed.map(Number))).toBeLessThan(10);
});
