import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { clientsWithToken, eventually, expectEventually } from '../testing/index.ts';
import { settleFuture } from './future.ts';
import { startFleetBench, stateLine, stateName, type FleetBench } from './testing/fleet.ts';
import { whileFollowing } from './testing/following.ts';
import { commit, createRepository, git } from './testing/git-repository.ts';

let bench: FleetBench;
let upstream = '';
let first = '';
const fleet = () => bench.plane.admin.clients.fleet;
const hostNamed = async (name: string) => (await fleet().getFleet({})).hosts.find(({ hostName }) => hostName === name);
const line = async (name: string) => stateLine(await hostNamed(name));

beforeAll(async () => {
  bench = await startFleetBench();
  upstream = createRepository(join(bench.root, 'app'));
  first = commit(upstream, 'Begin');
  await fleet().registerRepository({ name: 'app', url: upstream });
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.plane.services.pool`delete from component_reports`;
  await bench.plane.services.pool`update hosts set status = 'deleted'`;
  await bench.plane.services.pool`select pg_notify('muster', 'host:*')`;
  first = git(upstream, ['rev-parse', 'main']);
});

test('an empty fleet says so', async () => {
  const { summary, hosts, at } = await fleet().getFleet({});
  expect(summary).toMatchObject({
    sentence: 'No machine has joined yet',
    totalHosts: 0,
    currentHosts: 0,
    counts: [],
    staleAfter: { seconds: 90n },
  });
  expect(hosts).toEqual([]);
  expect(at).toBeDefined();
});

test('the page turns from current to behind after a commit, without being loaded again', async () => {
  const host = await bench.addHost('alpha');
  await bench.report(host, { runningSha: first });
  await expectEventually(() => line('alpha'), 'alpha: app CURRENT');
  await whileFollowing(fleet(), async (page) => {
    await expectEventually(() => page.sentence, 'The one machine runs main');
    commit(upstream, 'Go on');
    const second = commit(upstream, 'And on');
    await expectEventually(() => stateLine(page.hosts.get(host)), 'alpha: app BEHIND');
    expect(page.sentence).toMatch(/^The one machine does not run main; it is behind since \d\d:\d\d UTC$/);
    const [component] = page.hosts.get(host)!.components;
    expect(component).toMatchObject({
      behind: 2,
      ahead: 0,
      sentence: 'It lacks 2 commits of main.',
      running: { sha: first },
      target: { sha: second, subject: 'And on', author: 'Ada' },
    });
    expect(component?.behindSince).toBeDefined();
    await bench.report(host, { runningSha: second });
    await expectEventually(() => stateLine(page.hosts.get(host)), 'alpha: app CURRENT');
  });
});

test('a working tree without a process, as its config says, shows current, and behind after a commit in the repository that it was cloned from', async () => {
  const host = await bench.addHost('tree');
  const asProbed = () => ({
    buildSource: BuildSource.WORKTREE,
    runningSha: first,
    worktreeSha: first,
    noProcess: true,
  });
  await bench.report(host, asProbed());
  await expectEventually(() => line('tree'), 'tree: app CURRENT');
  commit(upstream, 'More');
  await bench.report(host, asProbed());
  await expectEventually(() => line('tree'), 'tree: app BEHIND');
});

test('all kinds of trouble stand on the page, the worst machine first', async () => {
  git(upstream, ['checkout', '-q', '-b', 'side', first]);
  const beside = commit(upstream, 'Beside');
  git(upstream, ['checkout', '-q', 'main']);
  const head = commit(upstream, 'Head');
  git(upstream, ['checkout', '-q', '-b', 'next']);
  const after = commit(upstream, 'After');
  git(upstream, ['checkout', '-q', 'main']);
  const old = new Date(Date.now() - 60_000);
  const young = new Date(Date.now() - 30_000);
  const ids = new Map<string, string>();
  for (const name of [
    'a-current',
    'b-behind',
    'c-restart',
    'd-ahead',
    'e-diverged',
    'f-dirty',
    'g-unregistered',
    'h-foreign',
    'i-short',
    'j-failed',
    'k-silent',
    'l-never',
    'm-mixed',
  ]) {
    ids.set(name, await bench.addHost(name));
  }
  const say = (
    name: string,
    ...reports: Parameters<FleetBench['report']> extends [string, ...infer Rest] ? Rest : never
  ) => bench.report(ids.get(name)!, ...reports);
  await expectEventually(async () => (await fleet().getFleet({})).summary?.repositories[0]?.head?.sha, head);
  await say('k-silent', { runningSha: head });
  await bench.plane.services.pool`update component_reports set reported_at = now() - interval '1 hour'`;
  await say('a-current', { runningSha: head });
  await say('b-behind', { runningSha: first });
  await say('c-restart', {
    buildSource: BuildSource.FILE,
    runningSha: head,
    worktreeSha: head,
    builtAt: timestampFromDate(young),
    startedAt: timestampFromDate(old),
  });
  await say('d-ahead', { runningSha: after });
  await say('e-diverged', { runningSha: beside });
  await say('f-dirty', { runningSha: head, dirty: true });
  await say('g-unregistered', { runningSha: head, repository: 'nobody' });
  await say('h-foreign', { runningSha: 'f'.repeat(40) });
  await say('i-short', { runningSha: head.slice(0, 10) });
  await say('j-failed', { probeError: 'No such file.\u0000\n' });
  await say(
    'm-mixed',
    { runningSha: head },
    { component: 'web', runningSha: first },
    { component: 'web', runningSha: head, dirty: true },
  );
  const { hosts, summary } = await fleet().getFleet({});
  expect(hosts.map(stateLine)).toEqual([
    'l-never: ',
    'k-silent: app STALE',
    'j-failed: app PROBE_FAILED',
    'h-foreign: app UNKNOWN_SHA',
    'i-short: app UNKNOWN_SHA',
    'g-unregistered: app HEAD_UNKNOWN',
    'f-dirty: app DIRTY',
    'm-mixed: app CURRENT, web DIRTY',
    'e-diverged: app DIVERGED',
    'd-ahead: app AHEAD',
    'c-restart: app RESTART_PENDING',
    'b-behind: app BEHIND',
    'a-current: app CURRENT',
  ]);
  expect(summary).toMatchObject({ totalHosts: 13, currentHosts: 1 });
  expect(summary?.sentence).toMatch(/^1 of 13 machines runs main; /);
  const components = new Map(hosts.map((host) => [host.hostName, host.components[0]]));
  expect(components.get('e-diverged')).toMatchObject({ ahead: 1, behind: 1, running: { subject: 'Beside' } });
  expect(components.get('j-failed')?.probeError).toBe('No such file.');
  expect(components.get('c-restart')).toMatchObject({ onDisk: { sha: head, subject: 'Head' } });
  expect(components.get('c-restart')?.running).toBeUndefined();
  for (const component of components.values()) expect(component?.sentence ?? '.').toMatch(/\.$/);
});

test('a component that is not reported any more, a host that is renamed and one that is deleted reach the page', async () => {
  const [one, two] = [await bench.addHost('one'), await bench.addHost('two')];
  const { pool } = bench.plane.services;
  expect(await bench.report(one, { runningSha: first }, { component: 'web', runningSha: first })).toEqual([one]);
  await bench.report(two, { runningSha: first });
  await whileFollowing(fleet(), async (page) => {
    await expectEventually(
      () => [stateLine(page.hosts.get(one)), page.hosts.size],
      ['one: app CURRENT, web CURRENT', 2],
    );
    expect(await bench.report(one, { runningSha: first })).toEqual([one]);
    await expectEventually(() => stateLine(page.hosts.get(one)), 'one: app CURRENT');
    expect(await bench.report(one, { runningSha: first })).toEqual([]);
    await pool`update hosts set name = 'uno' where id = ${one}`;
    await pool`select pg_notify('muster', ${`host:${one}`})`;
    await expectEventually(() => stateLine(page.hosts.get(one)), 'uno: app CURRENT');
    await pool`update hosts set status = 'deleted' where id = ${two}`;
    await pool`select pg_notify('muster', ${`host:${two}`})`;
    await expectEventually(() => [...page.hosts.keys()], [one]);
    expect(await bench.report(one)).toEqual([one]);
    await expectEventually(
      () => [stateLine(page.hosts.get(one)), page.sentence],
      ['uno: ', 'The one machine is not known to run main; it has never reported'],
    );
  });
});

test('a team sees its own machines and the shared ones, nobody else does', async () => {
  const { admin, other } = bench.plane;
  const shared = await bench.addHost('shared');
  const mine = await bench.addHost('of-admin', { teamId: admin.teamId });
  await bench.addHost('of-other', { teamId: other.teamId });
  await bench.addHost('pending', { status: 'pending' });
  const names = async (clients: typeof admin.clients) =>
    (await clients.fleet.getFleet({})).hosts.map(({ hostName }) => hostName);
  expect(await names(admin.clients)).toEqual(['of-admin', 'of-other', 'shared']);
  expect(await names(other.clients)).toEqual(['of-other', 'shared']);
  await whileFollowing(other.clients.fleet, async (page) => {
    await bench.report(mine, { runningSha: first });
    await bench.report(shared, { runningSha: first });
    await expectEventually(() => stateLine(page.hosts.get(shared)), 'shared: app CURRENT');
    expect(
      JSON.stringify(page.events, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain(mine);
  });
});

test('one repository can be looked at alone', async () => {
  const other = createRepository(join(bench.root, 'other'));
  const sha = commit(other, 'Other');
  await fleet().registerRepository({ name: 'other', url: other });
  const [one, two] = [await bench.addHost('both'), await bench.addHost('without')];
  await bench.report(one, { runningSha: 'bad' }, { component: 'other', repository: 'other', runningSha: sha });
  await bench.report(two, { runningSha: first });
  await eventually(
    async () => await fleet().getFleet({ repository: 'other' }),
    ({ hosts, summary }) => {
      expect(hosts.map(stateLine)).toEqual(['both: other CURRENT']);
      expect(summary?.sentence).toBe('The one machine runs main');
    },
  );
  expect((await fleet().getFleet({ repository: 'nothing' })).hosts).toEqual([]);
});

test('one host, or one component over all hosts, can be looked at and followed alone', async () => {
  const [one, two] = [await bench.addHost('with-tools'), await bench.addHost('plain')];
  await bench.report(one, { runningSha: first }, { component: 'tools', runningSha: 'bad' });
  await bench.report(two, { runningSha: first });
  const named = async (request: Parameters<ReturnType<typeof fleet>['getFleet']>[0]) =>
    (await fleet().getFleet(request)).hosts.map(stateLine);
  await expectEventually(() => named({ component: 'tools' }), ['with-tools: tools UNKNOWN_SHA']);
  expect(await named({ hostId: two })).toEqual(['plain: app CURRENT']);
  expect(await named({ hostId: one, component: 'app' })).toEqual(['with-tools: app CURRENT']);
  expect(await named({ hostId: 'host0000000000000000' })).toEqual([]);
  await whileFollowing(
    fleet(),
    async (page) => {
      await bench.report(one, { runningSha: first });
      await bench.report(two, { runningSha: 'bad' });
      await expectEventually(() => stateLine(page.hosts.get(two)), 'plain: app UNKNOWN_SHA');
      expect([...page.hosts.keys()]).toEqual([two]);
      expect(page.sentence).toMatch(/^The one machine/);
    },
    { hostId: two },
  );
});

test('a page that asks for pieces gets the worst hosts first, then all others, and changes in pieces, too', async () => {
  const hosts = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => bench.addHost(name)));
  for (const host of hosts) await bench.report(host, { runningSha: first });
  await bench.report(hosts[3]!, { runningSha: 'bad' }); // there are five
  await eventually(
    () => firstOf(fleet(), {}),
    ({ said }) => expect(said).toBe('snapshot a b c d e'),
  );
  await expectEventually(() => line('d'), 'd: app UNKNOWN_SHA');
  const pieces: string[] = [];
  const whole = new Map<string, string>();
  const watching = new AbortController();
  const watched = (async () => {
    for await (const { event } of fleet().watchFleet({ hostsPerMessage: 2 }, { signal: watching.signal })) {
      if (event.case !== 'snapshot' && event.case !== 'change') continue;
      pieces.push(`${event.case} ${event.value.hosts.length} of ${event.value.summary?.totalHosts}`);
      for (const host of event.value.hosts) whole.set(host.hostName, stateLine(host));
    }
  })().catch(() => undefined);
  await expectEventually(() => whole.size, 5);
  expect([...whole.keys()].slice(0, 2)).toEqual(['d', 'a']);
  expect(pieces.slice(0, 3)).toEqual(['snapshot 2 of 5', 'change 2 of 5', 'change 1 of 5']);
  commit(upstream, 'Move all');
  await expectEventually(() => [...whole.values()].filter((one) => one.endsWith('BEHIND')).length, 4);
  expect(pieces.slice(3)).not.toContain('snapshot 2 of 5');
  watching.abort();
  await watched;
});

/** The first thing that a stream says, and how to go on after it. */
async function firstOf(
  client: typeof bench.plane.admin.clients.fleet,
  request: { resumeToken?: string; repository?: string },
) {
  const watching = new AbortController();
  try {
    for await (const { event, resumeToken } of client.watchFleet(request, { signal: watching.signal }))
      if (event.case === 'snapshot' || event.case === 'change')
        return {
          said: `${event.case} ${event.value.hosts
            .map(({ hostName }) => hostName)
            .toSorted()
            .join(' ')}`,
          gone: event.case === 'change' ? event.value.removedHostIds : [],
          resumeToken,
        };
    throw new Error('The stream ended.');
  } finally {
    watching.abort();
  }
}

test('a stream goes on where an earlier one broke, or says the whole where that is not known', async () => {
  const [one, two] = [await bench.addHost('one'), await bench.addHost('two')];
  for (const host of [one, two]) await bench.report(host, { runningSha: first });
  await expectEventually(() => line('two'), 'two: app CURRENT');
  const seen = await firstOf(fleet(), {});
  expect(seen.said).toBe('snapshot one two');
  await bench.report(two, { runningSha: 'bad' });
  await eventually(
    () => firstOf(fleet(), { resumeToken: seen.resumeToken }),
    ({ said }) => expect(said).toBe('change two'),
  );
  const strict = bench.plane.other.clients.fleet;
  const ofOther = await firstOf(strict, {});
  await bench.plane.admin.clients.hosts.deleteHost({ hostId: one });
  await eventually(
    () => firstOf(fleet(), { resumeToken: seen.resumeToken }),
    ({ said, gone }) => expect([said, gone]).toEqual(['change two', [one]]),
  );
  const last = await firstOf(fleet(), { resumeToken: seen.resumeToken });
  expect((await firstOf(fleet(), { resumeToken: last.resumeToken })).said).toBe('change ');
  // Somebody who sees less must not learn of hosts of others that are gone, and a token is of one question.
  expect((await firstOf(strict, { resumeToken: ofOther.resumeToken })).said).toBe('snapshot two');
  for (const request of [
    { resumeToken: last.resumeToken, repository: 'app' },
    { resumeToken: 'nonsense' },
    { resumeToken: ofOther.resumeToken },
  ])
    expect((await firstOf(fleet(), request)).said).toBe('snapshot two');
});

test('a repository that is removed or registered changes the page', async () => {
  const late = createRepository(join(bench.root, 'late'));
  const sha = commit(late, 'Late');
  const host = await bench.addHost('waiting');
  await bench.report(host, { repository: 'late', runningSha: sha });
  await whileFollowing(fleet(), async (page) => {
    await expectEventually(() => stateLine(page.hosts.get(host)), 'waiting: app HEAD_UNKNOWN');
    const { repository } = await fleet().registerRepository({ name: 'late', url: late });
    await expectEventually(() => stateLine(page.hosts.get(host)), 'waiting: app CURRENT');
    await fleet().deleteRepository({ repositoryId: repository!.id });
    await expectEventually(() => stateLine(page.hosts.get(host)), 'waiting: app HEAD_UNKNOWN');
  });
});

test('who runs a branch as it was before git rebase has diverged, from main that took it over and from main that was rebased', async () => {
  const host = await bench.addHost('rebased');
  const runs = (runningSha: string) => bench.report(host, { runningSha });
  const { id } = (await fleet().listRepositories({})).repositories.find(({ name }) => name === 'app')!;
  const newest = async () => (await fleet().listHeads({ repositoryId: id, pageSize: 1 })).heads[0];
  git(upstream, ['checkout', '-q', '-b', 'topic']);
  const before = commit(upstream, 'Topic');
  git(upstream, ['checkout', '-q', 'main']);
  const main = commit(upstream, 'Meanwhile on main');
  await runs(before);
  await expectEventually(() => line('rebased'), 'rebased: app DIVERGED');
  git(upstream, ['rebase', '-q', 'main', 'topic']);
  git(upstream, ['checkout', '-q', 'main']);
  git(upstream, ['merge', '-q', '--ff-only', 'topic']);
  const after = git(upstream, ['rev-parse', 'main']);
  expect(after).not.toBe(before);
  await expectEventually(async () => (await newest())?.commit?.sha, after);
  expect((await newest())?.forced).toBe(false);
  expect((await hostNamed('rebased'))?.components[0]).toMatchObject({ ahead: 1, behind: 2 });
  await runs(after);
  expect(await line('rebased')).toBe('rebased: app CURRENT');
  // The same for main itself: its own commits anew, on another base.
  git(upstream, ['checkout', '-q', '-b', 'base', `${main}~1`]);
  commit(upstream, 'Another base');
  git(upstream, ['rebase', '-q', '--onto', 'base', `${main}~1`, 'main']);
  await expectEventually(async () => (await newest())?.forced, true);
  await runs(after);
  await expectEventually(() => line('rebased'), 'rebased: app DIVERGED');
  git(upstream, ['branch', '-q', '-D', 'topic', 'base']);
});

test('main rewritten under a green machine is noticed', async () => {
  const host = await bench.addHost('green');
  const head = commit(upstream, 'Soon gone');
  await bench.report(host, { runningSha: head });
  await expectEventually(() => line('green'), 'green: app CURRENT');
  git(upstream, ['reset', '-q', '--hard', 'HEAD~1']);
  await bench.report(host, { runningSha: head });
  await expectEventually(() => line('green'), 'green: app AHEAD');
  commit(upstream, 'Instead');
  await bench.report(host, { runningSha: head });
  await expectEventually(() => line('green'), 'green: app DIVERGED');
});

test('nothing is green while the repository cannot be reached for minutes, and a page that is open learns it', async () => {
  const { pool } = bench.plane.services;
  const host = await bench.addHost('waits');
  await bench.report(host, { runningSha: first });
  await expectEventually(() => line('waits'), 'waits: app CURRENT');
  git(upstream, ['branch', '-m', 'main', 'hidden']);
  await whileFollowing(fleet(), async (page) => {
    // A fetch that was under way may still succeed.
    const minutesPass = () =>
      pool`update repositories set fetched_at = now() - interval '299 seconds' where name = 'app' and fetched_at > now() - interval '290 seconds'`;
    await expectEventually(async () => {
      await minutesPass();
      return stateLine(page.hosts.get(host));
    }, 'waits: app HEAD_UNKNOWN');
    expect(page.hosts.get(host)?.components[0]?.sentence).toContain('There is no branch main in it');
    git(upstream, ['branch', '-m', 'hidden', 'main']);
    await expectEventually(() => stateLine(page.hosts.get(host)), 'waits: app CURRENT');
  });
});

test('a database whose clock was set back makes no report and no repository fresher than it is, neither now nor later', async () => {
  const { pool } = bench.plane.services;
  const [silent, heard] = [await bench.addHost('silent'), await bench.addHost('heard')];
  for (const host of [silent, heard]) await bench.report(host, { runningSha: first });
  await expectEventually(() => line('silent'), 'silent: app CURRENT');
  await whileFollowing(fleet(), async (page) => {
    await pool`update component_reports set reported_at = now() + interval '1 hour'`;
    await pool`update repositories set fetched_at = now() + interval '1 hour' where name = 'app'`;
    expect([await line('silent'), await line('heard')]).toEqual(['silent: app STALE', 'heard: app STALE']);
    await bench.report(heard, { runningSha: first });
    await settleFuture({ sql: pool });
    // What has been said since counts, on a page that is open, too.
    await expectEventually(() => stateLine(page.hosts.get(heard)), 'heard: app CURRENT');
    await expectEventually(() => stateLine(page.hosts.get(silent)), 'silent: app STALE');
  });
  const rows = await pool`select host_id from component_reports where reported_at > now() - interval '2 hours'`;
  expect(rows).toEqual([{ host_id: heard }]);
});

test('a mirror that was damaged is made anew, and the states come back', async () => {
  const host = await bench.addHost('mirror');
  const mirrors = join(bench.plane.dataDir, 'mirrors');
  for (const name of readdirSync(mirrors)) rmSync(join(mirrors, name, 'objects'), { recursive: true });
  const head = commit(upstream, 'After the damage');
  await bench.report(host, { runningSha: head });
  await expectEventually(() => line('mirror'), 'mirror: app CURRENT');
});

test('another replica shows the same, and its watchers hear of a new head', async () => {
  const second = await bench.plane.startReplica({ MUSTER_DATA_DIR: join(bench.root, 'second-data') });
  const there = clientsWithToken(second.url, bench.plane.admin.token).fleet;
  const host = await bench.addHost('seen-twice');
  await whileFollowing(there, async (page) => {
    await bench.report(host, { runningSha: first });
    await expectEventually(() => stateLine(page.hosts.get(host)), 'seen-twice: app CURRENT');
    const states: string[] = [];
    const head = commit(upstream, 'For both');
    await eventually(
      () => stateName(page.hosts.get(host)?.components[0]),
      (state) => {
        states.push(state);
        expect(state).toBe('BEHIND');
      },
    );
    expect(new Set(states)).toEqual(new Set(['CURRENT', 'BEHIND']));
    expect(page.hosts.get(host)?.components[0]?.target).toMatchObject({ sha: head, subject: 'For both' });
  });
  await second.stop(100);
});

test('a page is not left with old green when the fleet cannot be read: its stream ends, and the next one works', async () => {
  const { pool } = bench.plane.services;
  const host = await bench.addHost('unread');
  await bench.report(host, { runningSha: first });
  await whileFollowing(fleet(), async (page) => {
    await expectEventually(() => stateLine(page.hosts.get(host)), 'unread: app CURRENT');
    await pool`alter table component_reports rename to away`;
    await pool`select pg_notify('muster', ${`host:${host}`})`;
    await eventually(
      () => page.error,
      (error) => expect(error).toBeDefined(),
    );
    await pool`alter table away rename to component_reports`;
  });
  await bench.report(host, { runningSha: first });
  await whileFollowing(fleet(), (page) =>
    expectEventually(() => stateLine(page.hosts.get(host)), 'unread: app CURRENT'),
  );
});

test('the metrics tell the share, the commits and the age of heads', async () => {
  const [one, two] = [await bench.addHost('metered'), await bench.addHost('metered-too')];
  await bench.report(one, { runningSha: first });
  await bench.report(two, { runningSha: 'bad' });
  await expectEventually(() => line('metered'), 'metered: app CURRENT');
  const text = await bench.plane.services.metrics.metrics();
  const lines = text.split('\n').filter((one) => /^muster_(fleet|host_build|head)/.test(one));
  expect(lines).toContain('muster_fleet_on_target_ratio 0.5');
  expect(lines).toContain(`muster_host_build_info{host="metered",component="app",sha="${first}",state="current"} 1`);
  expect(lines).toContain('muster_host_build_info{host="metered-too",component="app",sha="bad",state="unknown_sha"} 1');
  expect(lines.some((one) => /^muster_head_age_seconds\{repository="app",branch="main"\} [\d.]+$/.test(one))).toBe(
    true,
  );
});
