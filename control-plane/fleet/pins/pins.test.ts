import { join } from 'node:path';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectEventually } from '../../testing/index.ts';
import { ask, gateLine, reasonOf } from '../testing/assert.ts';
import { startFleetBench, stateLine, type FleetBench } from '../testing/fleet.ts';
import { whileFollowing } from '../testing/following.ts';
import { commit, createRepository } from '../testing/git-repository.ts';
import { endPins } from './pin.ts';

let bench: FleetBench;
let upstream = '';
let old = '';
let head = '';
const fleet = () => bench.plane.admin.clients.fleet;
const hostNamed = async (name: string) => (await fleet().getFleet({})).hosts.find(({ hostName }) => hostName === name);
const line = async (name: string) => stateLine(await hostNamed(name));
const actions = async (hostId: string) =>
  await bench.plane.services.pool<{ action: string }[]>`
    select action from audit_events where target = ${hostId} order by id
  `.then((rows) => rows.map(({ action }) => action));

beforeAll(async () => {
  bench = await startFleetBench();
  upstream = createRepository(join(bench.root, 'app'));
  old = commit(upstream, 'Old but good');
  head = commit(upstream, 'Not for everybody');
  await fleet().registerRepository({ name: 'app', url: upstream });
  await expectEventually(async () => (await fleet().listRepositories({})).repositories[0]?.head?.sha, head);
});
afterAll(() => bench?.stop());

const pin = (hostId: string, more: { sha?: string; component?: string; until?: Date; reason?: string } = {}) =>
  fleet().pinComponent({
    hostId,
    component: more.component ?? 'app',
    sha: more.sha ?? old,
    reason: more.reason ?? 'The printer needs it.',
    ...(more.until && { until: timestampFromDate(more.until) }),
  });

test('a pinned component is as wanted at its pin, judged against it elsewhere, and never green', async () => {
  const host = await bench.addHost('pinned');
  await bench.report(host, { runningSha: old });
  await expectEventually(() => line('pinned'), 'pinned: app BEHIND');
  const { pin: made } = await pin(host);
  expect(made).toMatchObject({ sha: old, reason: 'The printer needs it.' });
  expect(made?.until).toBeUndefined();
  const seen = await hostNamed('pinned');
  expect(stateLine(seen)).toBe('pinned: app PINNED');
  expect(seen?.components[0]?.sentence).toMatch(
    /^It runs its pin .*, which is not main's head: pinned by .*“The printer needs it.”/,
  );
  expect(seen?.components[0]?.target).toMatchObject({ sha: old, subject: 'Old but good' });
  expect((await fleet().getFleet({})).summary).toMatchObject({ currentHosts: 0 });
  // At main's head it is not where it should be.
  await bench.report(host, { runningSha: head });
  const ahead = (await hostNamed('pinned'))?.components[0];
  expect(await line('pinned')).toBe('pinned: app AHEAD');
  expect(ahead).toMatchObject({ ahead: 1, nextStep: `Deploy its pin ${old.slice(0, 7)}.` });
  await fleet().unpinComponent({ hostId: host, component: 'app' });
  expect(await line('pinned')).toBe('pinned: app CURRENT');
  await fleet().unpinComponent({ hostId: host, component: 'app' });
  expect(await actions(host)).toEqual(['component.pin', 'component.unpin']);
});

test('a component that is pinned at the head is current, until main moves on', async () => {
  const host = await bench.addHost('at-head');
  await bench.report(host, { runningSha: head });
  await pin(host, { sha: head });
  expect(await line('at-head')).toBe('at-head: app CURRENT');
  await whileFollowing(fleet(), async (page) => {
    const before = head;
    head = commit(upstream, 'On');
    await expectEventually(() => stateLine(page.hosts.get(host)), 'at-head: app PINNED');
    expect(page.hosts.get(host)?.components[0]?.pin?.sha).toBe(before);
  });
});

test('a gate for main is not passed by a pin, and says that there is one', async () => {
  const host = await bench.addHost('at-the-gate');
  await bench.report(host, { runningSha: old });
  await pin(host);
  const result = await ask(fleet(), { repository: 'app', hosts: ['at-the-gate'] }).result;
  expect(gateLine(result)).toBe('FAIL: at-the-gate NOT_MET');
  expect(reasonOf(result.hosts, 'at-the-gate')).toContain('It is pinned at');
  expect(
    gateLine(
      await ask(fleet(), { repository: 'app', hosts: ['at-the-gate'], wanted: { case: 'sha', value: old } }).result,
    ),
  ).toBe('PASS: at-the-gate MET');
});

test('a pin ends by itself, on an open page too, and the audit says so', async () => {
  const host = await bench.addHost('for-a-while');
  await bench.report(host, { runningSha: old });
  await whileFollowing(fleet(), async (page) => {
    await pin(host);
    await expectEventually(() => stateLine(page.hosts.get(host)), 'for-a-while: app PINNED');
    await pin(host, { until: new Date(Date.now() + 2_500) });
    await expectEventually(() => stateLine(page.hosts.get(host)), 'for-a-while: app BEHIND');
  });
  expect(await endPins(bench.plane.context)).toEqual({ ended: 1 });
  expect(await actions(host)).toEqual(['component.pin', 'component.pin', 'component.unpin']);
});

test('a second pin takes the place of the first', async () => {
  const host = await bench.addHost('twice');
  await bench.report(host, { runningSha: old });
  await pin(host, { sha: head });
  await pin(host, { reason: 'Another one.' });
  expect((await hostNamed('twice'))?.components[0]?.pin).toMatchObject({ sha: old, reason: 'Another one.' });
});

test('what cannot be pinned is refused with the field that is wrong', async () => {
  const host = await bench.addHost('refused');
  await bench.report(host, { runningSha: old });
  await expect(pin(host, { component: 'nothing' })).rejects.toMatchObject({ code: Code.NotFound });
  await expect(pin(host, { sha: old.slice(0, 10) })).rejects.toMatchObject({ code: Code.InvalidArgument });
  await expect(pin(host, { sha: 'e'.repeat(40) })).rejects.toThrow('does not have this commit');
  await expect(pin(host, { until: new Date(Date.now() - 1_000) })).rejects.toThrow('is past');
  await expect(pin(host, { reason: ' ' })).rejects.toMatchObject({ code: Code.InvalidArgument });
  await expect(pin('host0000000000000000')).rejects.toMatchObject({ code: Code.NotFound });
});
