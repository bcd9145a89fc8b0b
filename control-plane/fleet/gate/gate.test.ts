import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AssertVerdict, Evidence, OnOffline, type AssertFleetRequest } from '#proto/muster/v1/fleet_pb.js';
import { clientsWithToken, eventually, expectEventually } from '../../testing/index.ts';
import { ask, gateLine, reasonOf, type Asked } from '../testing/assert.ts';
import { startFleetBench, type FleetBench } from '../testing/fleet.ts';
import { commit, createRepository, git } from '../testing/git-repository.ts';

let bench: FleetBench;
let upstream = '';
let head = '';
const fleet = () => bench.plane.admin.clients.fleet;
type Asking = Pick<
  Exclude<Parameters<typeof ask>[1], AssertFleetRequest>,
  'wanted' | 'component' | 'labels' | 'hosts' | 'minHosts' | 'onOffline' | 'requireEvidence' | 'wait' | 'awaitedSha'
>;
const gate = (request: Asking = {}) => ask(fleet(), { repository: 'app', ...request });
const answer = async (request: Asking = {}) => gateLine(await gate(request).result);
const minute = { seconds: 60n };
const standing = (asked: Asked, sentence: RegExp) =>
  eventually(
    () => asked.progress.at(-1)?.sentence,
    (said) => expect(said).toMatch(sentence),
  );

beforeAll(async () => {
  // Nothing is reported on a timer here: what is reported stays fresh for the whole test.
  bench = await startFleetBench();
  upstream = createRepository(join(bench.root, 'app'));
  head = commit(upstream, 'Begin');
  await fleet().registerRepository({ name: 'app', url: upstream });
  await expectEventually(async () => (await fleet().listRepositories({})).repositories[0]?.head?.sha, head);
});
afterAll(() => bench?.stop());
beforeEach(async () => {
  await bench.plane.services.pool`delete from component_reports`;
  await bench.plane.services.pool`update hosts set status = 'deleted'`;
  await bench.plane.services.pool`select pg_notify('muster', 'host:*')`;
  head = git(upstream, ['rev-parse', 'main']);
});

test('it passes where every machine runs main, and says why not where one does not', async () => {
  const [alpha, beta] = [await bench.addHost('alpha'), await bench.addHost('beta')];
  await bench.report(alpha, { runningSha: head });
  await bench.report(beta, { runningSha: head });
  const passed = await gate().result;
  expect(gateLine(passed)).toBe('PASS: alpha MET, beta MET');
  expect(passed.sentence).toBe(`All 2 hosts run ${head.slice(0, 7)} (main).`);
  expect(passed.target).toMatchObject({ sha: head, author: 'Ada' });

  const next = commit(upstream, 'Go on');
  await bench.report(alpha, { runningSha: next });
  // The branch has only just moved: the gate asks the repository itself.
  const failed = await gate().result;
  expect(gateLine(failed)).toBe('FAIL: alpha MET, beta NOT_MET');
  expect(failed.sentence).toBe(`1 of 2 hosts does not run ${next.slice(0, 7)} (main): beta.`);
  expect(reasonOf(failed.hosts, 'beta')).toBe('app: It lacks 1 commit of main.');
});

test('an empty selection fails, also with a wait', async () => {
  expect(await answer()).toBe('FAIL: ');
  const host = await bench.addHost('other');
  await bench.report(host, { runningSha: head, repository: 'else' });
  expect(await answer({ wait: minute })).toBe('FAIL: ');
  expect(await answer({ labels: { zone: 'nowhere' }, wait: minute })).toBe('FAIL: ');
  expect((await gate().result).sentence).toMatch(/^No host is selected/);
});

test('all of it offline is an empty selection, too', async () => {
  const host = await bench.addHost('away', { status: 'unreachable' });
  await bench.report(host, { runningSha: head });
  expect(await answer({ onOffline: OnOffline.EXCLUDE })).toBe('FAIL: away EXCLUDED');
  expect(await answer()).toBe('FAIL: away NOT_MET');
});

test('hosts that are offline are left out only where that is asked for, and do not count', async () => {
  const [here, away] = [await bench.addHost('here'), await bench.addHost('away', { status: 'unreachable' })];
  await bench.report(here, { runningSha: head });
  await bench.report(away, { runningSha: head });
  expect(await answer()).toBe('FAIL: away NOT_MET, here MET');
  expect(await answer({ onOffline: OnOffline.EXCLUDE })).toBe('PASS: away EXCLUDED, here MET');
  const { verdict, sentence } = await gate({ onOffline: OnOffline.EXCLUDE, minHosts: 2 }).result;
  expect(verdict).toBe(AssertVerdict.FAIL);
  expect(sentence).toContain('Only 1 host runs');
});

test('an agent that stops reporting while it is connected is not offline: it fails', async () => {
  const host = await bench.addHost('mute');
  await bench.report(host, { runningSha: head });
  await bench.plane.services.pool`update component_reports set reported_at = now() - interval '91 seconds'`;
  const result = await gate({ onOffline: OnOffline.EXCLUDE }).result;
  expect(gateLine(result)).toBe('FAIL: mute NOT_MET');
  expect(reasonOf(result.hosts, 'mute')).toContain('Nothing was heard of it since');
});

test('a report of yesterday is none', async () => {
  const host = await bench.addHost('yesterday');
  await bench.report(host, { runningSha: head });
  await bench.plane.services.pool`update component_reports set reported_at = now() - interval '1 day'`;
  expect(await answer()).toBe('FAIL: yesterday NOT_MET');
});

test('an abbreviated commit is refused, a reported one does not count, an unknown one fails', async () => {
  const host = await bench.addHost('short');
  await bench.report(host, { runningSha: head.slice(0, 12) });
  await expect(gate({ wanted: { case: 'sha', value: head.slice(0, 12) } }).result).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
  const { verdict, hosts } = await gate({ wanted: { case: 'sha', value: head } }).result;
  expect(verdict).toBe(AssertVerdict.FAIL);
  expect(reasonOf(hosts, 'short')).toContain('abbreviated');
  await bench.report(host, { runningSha: 'f'.repeat(40) });
  const unknown = await gate({ wanted: { case: 'sha', value: 'f'.repeat(40) } }).result;
  expect(unknown.verdict).toBe(AssertVerdict.FAIL);
  expect(unknown.sentence).toContain('does not have the commit');
});

test('two components of one repository at different commits: the worse decides, unless one is meant', async () => {
  const old = head;
  head = commit(upstream, 'For one of the two');
  const host = await bench.addHost('both');
  await bench.report(host, { component: 'api', runningSha: head }, { component: 'web', runningSha: old });
  const result = await gate().result;
  expect(gateLine(result)).toBe('FAIL: both NOT_MET');
  expect(reasonOf(result.hosts, 'both')).toMatch(/^web: It lacks 1 commit/);
  expect(await answer({ component: 'api' })).toBe('PASS: both MET');
  expect(await answer({ component: 'web' })).toBe('FAIL: both NOT_MET');
});

test('a machine that is named, by itself or by a label, and does not report the component fails', async () => {
  const [one, two] = [await bench.addHost('one'), await bench.addHost('two')];
  await bench.plane.services.pool`update hosts set labels = '{"zone":"cellar"}' where id in (${one}, ${two})`;
  await bench.report(one, { runningSha: head });
  expect(await answer()).toBe('PASS: one MET');
  expect(await answer({ labels: { zone: 'cellar' } })).toBe('FAIL: one MET, two NOT_MET');
  expect(await answer({ hosts: ['one', 'three'] })).toBe('FAIL: one MET, three NOT_MET');
  expect(await answer({ minHosts: 2 })).toBe('FAIL: one MET');
});

test('an older commit that is asked for by its id is met by nothing else, and main is no excuse', async () => {
  const old = head;
  head = commit(upstream, 'Newer');
  const host = await bench.addHost('pinpoint');
  await bench.report(host, { runningSha: old });
  expect(await answer({ wanted: { case: 'sha', value: old } })).toBe('PASS: pinpoint MET');
  await bench.report(host, { runningSha: head });
  const { hosts } = await gate({ wanted: { case: 'sha', value: old } }).result;
  expect(reasonOf(hosts, 'pinpoint')).toBe(`app: It has 1 commit that ${old.slice(0, 7)} does not have.`);
});

test('another branch is asked for by its name; one that is not there fails, and one that moves on supersedes', async () => {
  git(upstream, ['branch', 'release']);
  const release = head;
  head = commit(upstream, 'Only on main');
  const host = await bench.addHost('branched');
  await bench.report(host, { runningSha: release });
  const wanted = (value: string) => ({ wanted: { case: 'ref', value } }) as const;
  await eventually(
    () => answer(wanted('release')),
    (said) => expect(said).toBe('PASS: branched MET'),
  );
  expect(await answer(wanted('main'))).toBe('FAIL: branched NOT_MET');
  const missing = await gate(wanted('nowhere')).result;
  expect(gateLine(missing)).toBe('FAIL: branched NOT_MET');
  expect(reasonOf(missing.hosts, 'branched')).toContain('has not shown its branch nowhere yet');
  await bench.report(host, { runningSha: head });
  const waiting = gate({ ...wanted('release'), wait: minute });
  await standing(waiting, /^1 of 1 host does not run .* \(release\): branched\.$/);
  expect(waiting.progress[0]?.sha).toBe(release);
  // What is new on main is another branch's business.
  head = commit(upstream, 'More on main');
  git(upstream, ['branch', '-f', 'release', head]);
  const superseded = await waiting.result;
  expect(gateLine(superseded)).toBe('SUPERSEDED: branched NOT_MET');
  expect(superseded.sentence).toContain(`release has moved on from ${release.slice(0, 7)} to ${head.slice(0, 7)}`);
  // A wait that was interrupted goes on for the head that it began with.
  expect(await answer({ ...wanted('release'), awaitedSha: release, wait: minute })).toMatch(/^SUPERSEDED: /);
  git(upstream, ['branch', '-q', '-D', 'release']);
});

test('where reports have to be signed, one that the host key has not signed fails', async () => {
  const [signed, unsigned] = [await bench.addHost('signed'), await bench.addHost('unsigned')];
  for (const host of [signed, unsigned]) await bench.report(host, { runningSha: head });
  await bench.plane.services.pool`update component_reports set signed = true where host_id = ${signed}`;
  const { hosts, verdict } = await gate({ requireEvidence: Evidence.SIGNED }).result;
  expect(verdict).toBe(AssertVerdict.FAIL);
  expect(reasonOf(hosts, 'unsigned')).toContain('not backed as is asked for (signed)');
  expect(await answer({ requireEvidence: Evidence.SIGNED, hosts: ['signed'] })).toBe('PASS: signed MET');
  expect(await answer()).toBe('PASS: signed MET, unsigned MET');
});

test('evidence that nobody has fails', async () => {
  const host = await bench.addHost('word');
  await bench.report(host, { runningSha: head });
  expect(await answer({ requireEvidence: Evidence.SELF_REPORTED })).toBe('PASS: word MET');
  const { verdict, hosts } = await gate({ requireEvidence: Evidence.VERIFIED }).result;
  expect(verdict).toBe(AssertVerdict.FAIL);
  expect(reasonOf(hosts, 'word')).toContain('not backed');
});

test('it waits until the last machine has come, and tells how it stands meanwhile', async () => {
  const [alpha, beta] = [await bench.addHost('alpha'), await bench.addHost('beta')];
  const old = head;
  await bench.report(alpha, { runningSha: old });
  await bench.report(beta, { runningSha: old });
  head = commit(upstream, 'To wait for');
  const asked = gate({ wait: minute });
  await standing(asked, /^2 of 2 hosts/);
  await bench.report(alpha, { runningSha: head });
  await standing(asked, /^1 of 2 hosts does not run .*: beta\.$/);
  expect(asked.progress.at(-1)?.changed.map(({ hostName }) => hostName)).toEqual(['alpha']);
  await bench.report(beta, { runningSha: head });
  expect(gateLine(await asked.result)).toBe('PASS: alpha MET, beta MET');
});

test('main that moves during a wait supersedes what was asked for, but not a commit that was asked for by its id', async () => {
  const host = await bench.addHost('slow');
  const old = head;
  await bench.report(host, { runningSha: old });
  head = commit(upstream, 'First wish');
  const main = gate({ wait: minute });
  const named = gate({ wait: minute, wanted: { case: 'sha', value: head } });
  await standing(main, /^1 of 1 host /);
  await standing(named, /^1 of 1 host /);
  const next = commit(upstream, 'Second wish');
  const result = await main.result;
  expect(gateLine(result)).toBe('SUPERSEDED: slow NOT_MET');
  expect(result.sentence).toContain(`from ${head.slice(0, 7)} to ${next.slice(0, 7)}`);
  expect(result.target?.sha).toBe(head);
  await bench.report(host, { runningSha: head });
  expect(gateLine(await named.result)).toBe('PASS: slow MET');
});

test('a host that is deleted during a wait does not count any more; when it was the last, the gate fails', async () => {
  const { pool } = bench.plane.services;
  const [stays, goes] = [await bench.addHost('stays'), await bench.addHost('goes')];
  const old = head;
  await bench.report(stays, { runningSha: old });
  await bench.report(goes, { runningSha: old });
  head = commit(upstream, 'Not for all');
  const asked = gate({ wait: minute });
  const two = gate({ wait: { seconds: 4n }, minHosts: 2 });
  await standing(asked, /^2 of 2 hosts/);
  await standing(two, /^2 of 2 hosts/);
  await bench.plane.admin.clients.hosts.deleteHost({ hostId: goes });
  await bench.report(stays, { runningSha: head });
  expect(gateLine(await asked.result)).toBe('PASS: goes GONE, stays MET');
  expect(gateLine(await two.result)).toBe('TIMEOUT: goes GONE, stays MET');

  await bench.report(stays, { runningSha: old });
  const last = gate({ wait: minute });
  await standing(last, /^1 of 1 host /);
  await pool`update hosts set status = 'deleted' where id = ${stays}`;
  await pool`select pg_notify('muster', ${`host:${stays}`})`;
  expect(gateLine(await last.result)).toBe('FAIL: stays GONE');
});

test('a host that was deleted before a wait is not waited for, though another wait has not heard of it yet', async () => {
  const [stays, goes] = [await bench.addHost('stays'), await bench.addHost('goes')];
  const old = head;
  await bench.report(stays, { runningSha: old });
  await bench.report(goes, { runningSha: old });
  head = commit(upstream, 'For who is left');
  const other = gate({ wait: { seconds: 2n } });
  await standing(other, /^2 of 2 hosts/);
  await bench.plane.services.pool`update hosts set status = 'deleted' where id = ${goes}`;
  expect(await answer({ wait: { seconds: 1n } })).toBe('TIMEOUT: stays NOT_MET');
  expect(gateLine(await other.result)).toBe('TIMEOUT: goes GONE, stays NOT_MET');
});

test('a wait begins though the fleet changes all the time', async () => {
  const { pool } = bench.plane.services;
  const host = await bench.addHost('restless');
  await bench.report(host, { runningSha: head });
  const quiet = new AbortController();
  const changes = (async () => {
    while (!quiet.signal.aborted) await pool`select pg_notify('muster', ${`host:${host}`})`;
  })();
  try {
    const asked = gate({ wait: minute, minHosts: 2 });
    await standing(asked, /^Only 1 host runs/);
    await bench.report(await bench.addHost('second'), { runningSha: head });
    expect(gateLine(await asked.result)).toBe('PASS: restless MET, second MET');
  } finally {
    quiet.abort();
    await changes;
  }
});

test('a machine that stops naming the component during a wait is not lost', async () => {
  const host = await bench.addHost('forgets');
  const [old] = [head];
  await bench.report(host, { runningSha: old });
  head = commit(upstream, 'Forgotten');
  const asked = gate({ wait: { seconds: 3n } });
  await standing(asked, /^1 of 1 host /);
  await bench.report(host);
  const result = await asked.result;
  expect(gateLine(result)).toBe('TIMEOUT: forgets NOT_MET');
  expect(reasonOf(result.hosts, 'forgets')).toBe('It reports no component of app.');
});

test('each result is kept in the audit log', async () => {
  const host = await bench.addHost('kept');
  await bench.report(host, { runningSha: head });
  const passed = await gate().result;
  const failed = await gate({ minHosts: 9 }).result;
  const receiptOf = async (id: string) => {
    const [row] = await bench.plane.services.pool`
      select action, outcome, after from audit_events event join audit_contents content on content.event_id = event.id where event.id = ${id}
    `;
    return row;
  };
  expect(await receiptOf(passed.receiptId)).toMatchObject({
    action: 'fleet.assert',
    outcome: 'done',
    after: { verdict: 'pass', sha: head, branch: 'main', hosts: [host], notMet: [] },
  });
  expect(await receiptOf(failed.receiptId)).toMatchObject({
    outcome: 'failed',
    after: { verdict: 'fail', minHosts: 9, sentence: failed.sentence },
  });
});

test('somebody sees only their own hosts in it; nobody learns of repositories that are not there', async () => {
  const host = await bench.addHost('seen');
  await bench.report(host, { runningSha: head });
  await expect(ask(fleet(), { repository: 'nothing' }).result).rejects.toMatchObject({ code: Code.NotFound });
  const nobody = clientsWithToken(bench.plane.url, 'mst_nothing').fleet;
  const refused = await ask(nobody, { repository: 'app' }).result.catch((error: unknown) => ConnectError.from(error));
  expect(refused).toMatchObject({ code: Code.Unauthenticated });
});
