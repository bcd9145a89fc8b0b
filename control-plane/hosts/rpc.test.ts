import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { HostStatus, type WatchHostsResponse } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { callPlain, eventually, expectEventually } from '../testing/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from './testing/simulated-fleet.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(1)));
afterAll(() => fleet?.stop());

const admin = () => fleet.plane.admin.clients.hosts;
const other = () => fleet.plane.other.clients.hosts;

async function failure(call: Promise<unknown>) {
  const error = ConnectError.from(
    await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    ),
  );
  const [info] = error.findDetails(ErrorInfoSchema);
  return { code: error.code, reason: info?.reason, field: info?.field, message: error.rawMessage };
}

test('a new host is pending, with a join command that says everything, once', async () => {
  const request = { name: 'builder-1', labels: { zone: 'a' }, requestId: 'builder-1' };
  const { host, joinToken } = await admin().createHost(request);
  expect(host).toMatchObject({
    name: 'builder-1',
    status: HostStatus.PENDING,
    connected: false,
    labels: { zone: 'a' },
    overcommit: { cpu: 16, memory: 1, disk: 1 },
  });
  const { url, services } = fleet.plane;
  expect(joinToken?.joinCommand).toBe(
    `npx muster-agent join --server ${url} --fingerprint ${services.installation.fingerprint} --token ${joinToken?.token}`,
  );
  expect(Number(joinToken?.expiresAt?.seconds) - Date.now() / 1000).toBeCloseTo(3600, -2);
  const again = await admin().createHost(request);
  expect(again.host?.id).toBe(host?.id);
  expect(again.joinToken).toBeUndefined();
  expect(fleet.plane.log.join('')).not.toContain(joinToken!.token);
});

test('of many identical requests at once one makes the host', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => admin().createHost({ name: 'at-once', requestId: 'at-once' })),
  );
  expect(new Set(answers.map(({ host }) => host?.id)).size).toBe(1);
  expect(answers.filter(({ joinToken }) => joinToken)).toHaveLength(1);
});

test('a name is taken until its host is deleted', async () => {
  const { host } = await admin().createHost({ name: 'named' });
  expect(await failure(admin().createHost({ name: 'named' }))).toMatchObject({
    code: Code.AlreadyExists,
    reason: Reason.NAME_TAKEN,
    field: 'name',
  });
  const { host: second } = await admin().createHost({ name: 'named-2' });
  expect(await failure(admin().updateHost({ hostId: second!.id, name: 'named' }))).toMatchObject({
    reason: Reason.NAME_TAKEN,
    field: 'name',
  });
  await admin().deleteHost({ hostId: host!.id });
  await admin().updateHost({ hostId: second!.id, name: 'named' });
});

test('hosts come by name, page by page, filtered', async () => {
  for (const name of ['page-c', 'page-a', 'page-b']) await admin().createHost({ name });
  const first = await admin().listHosts({ search: 'page-', pageSize: 2 });
  expect(first.hosts.map(({ name }) => name)).toEqual(['page-a', 'page-b']);
  const second = await admin().listHosts({ search: 'page-', pageSize: 2, pageToken: first.nextPageToken });
  expect(second.hosts.map(({ name }) => name)).toEqual(['page-c']);
  expect(second.nextPageToken).toBe('');
  const online = await admin().listHosts({ statuses: [HostStatus.ONLINE] });
  expect(online.hosts.map(({ name }) => name)).toEqual(['host-1']);
  expect(await failure(admin().listHosts({ pageToken: 'nonsense' }))).toMatchObject({
    code: Code.InvalidArgument,
    field: 'page_token',
  });
  expect(await failure(admin().listHosts({ search: 'a\0b' }))).toMatchObject({ code: Code.InvalidArgument });
});

test('every user sees the hosts of the platform, and only admins change them', async () => {
  const hostId = fleet.hosts[0]!.id;
  const { host } = await other().getHost({ hostId });
  expect(
    host?.actions.every(({ allowed, reason }) => !allowed && reason === 'Only a platform admin may do this.'),
  ).toBe(true);
  const denied = { code: Code.PermissionDenied, reason: Reason.NOT_ALLOWED };
  const { teamId } = fleet.plane.admin;
  expect(await failure(other().createHost({ name: 'nope', teamId }))).toMatchObject({ code: Code.NotFound });
  expect(await failure(other().updateHost({ hostId, name: 'nope' }))).toMatchObject(denied);
  expect(await failure(other().createJoinToken({ hostId }))).toMatchObject(denied);
  expect(await failure(other().cordonHost({ hostId, reason: 'x' }))).toMatchObject(denied);
  expect(await failure(other().uncordonHost({ hostId }))).toMatchObject(denied);
  expect(await failure(other().deleteHost({ hostId }))).toMatchObject(denied);
  expect(await failure(fleet.plane.anonymous.hosts.listHosts({}))).toMatchObject({ code: Code.Unauthenticated });
});

test("another team's host does not exist", async () => {
  const { host } = await admin().createHost({ name: 'of-a-team' });
  await fleet.plane.context.sql`update hosts set team_id = ${fleet.plane.admin.teamId} where id = ${host!.id}`;
  const missing = { code: Code.NotFound, reason: Reason.NOT_FOUND };
  expect(await failure(other().getHost({ hostId: host!.id }))).toMatchObject(missing);
  expect(await failure(other().getHost({ hostId: 'host0000000000000000' }))).toMatchObject(missing);
  expect((await other().listHosts({ search: 'of-a-team' })).hosts).toEqual([]);
});

test('cordoning is idempotent, keeps its reason, and the buttons follow the state', async () => {
  const hostId = fleet.hosts[0]!.id;
  await admin().cordonHost({ hostId, reason: 'new disks' });
  const { host } = await admin().cordonHost({ hostId, reason: 'newer disks' });
  expect(host).toMatchObject({ cordoned: true, cordonReason: 'newer disks' });
  await admin().uncordonHost({ hostId });
  expect((await admin().uncordonHost({ hostId })).host).toMatchObject({ cordoned: false, cordonReason: '' });
  const { host: deleted } = await admin().createHost({ name: 'over' });
  await admin().deleteHost({ hostId: deleted!.id });
  expect(await failure(admin().cordonHost({ hostId: deleted!.id, reason: 'x' }))).toMatchObject({
    code: Code.FailedPrecondition,
    message: 'A deleted host takes no sandboxes anyway.',
  });
  expect((await admin().getHost({ hostId: deleted!.id })).host?.actions.every(({ allowed }) => !allowed)).toBe(true);
});

test('a host with sandboxes is deleted only by force: they end, its connection closes, its agent is told', async () => {
  const host = await fleet.addHost('to-delete', { labels: { only: 'here' } });
  const { sandboxes } = fleet.plane.admin.clients;
  const { sandbox } = await sandboxes.createSandbox({ hostLabels: { only: 'here' } });
  const refused = await failure(admin().deleteHost({ hostId: host.id }));
  expect(refused).toMatchObject({ code: Code.Aborted, reason: Reason.HOST_HAS_SANDBOXES });
  expect(refused.message).toContain(sandbox!.id);
  // As curl sees it.
  const headers = { authorization: `Bearer ${fleet.plane.admin.token}` };
  const plain = await callPlain(fleet.plane.url, 'muster.v1.HostService/DeleteHost', { hostId: host.id }, headers);
  expect(plain).toMatchObject({
    status: 409,
    body: { code: 'aborted' },
    info: { reason: 'REASON_HOST_HAS_SANDBOXES' },
  });
  expect(plain.body['details']).toContainEqual(
    expect.objectContaining({
      type: 'muster.v1.HostHasSandboxes',
      debug: { sandboxes: [expect.objectContaining({ sandboxId: sandbox!.id })], totalSandboxes: 1 },
    }),
  );
  expect(await admin().deleteHost({ hostId: host.id, force: true })).toMatchObject({ destroyedSandboxes: 1 });
  expect((await sandboxes.getSandbox({ sandboxId: sandbox!.id })).sandbox).toMatchObject({
    observed: ObservedState.DESTROYED,
    reason: 'Its host was deleted.',
  });
  await expectEventually(() => host.connected, false);
  expect(await failure(host.beat())).toMatchObject({ code: Code.FailedPrecondition, reason: Reason.HOST_DELETED });
});

test('a watch begins with a snapshot, then tells each change and each removal', async () => {
  const { host } = await admin().createHost({ name: 'watched' });
  const ending = new AbortController();
  const seen: WatchHostsResponse['event'][] = [];
  const watching = (async () => {
    for await (const { event } of admin().watchHosts({ hostId: host!.id }, { signal: ending.signal })) seen.push(event);
  })().catch(() => undefined);
  const last = () => seen.at(-1);
  await expectEventually(() => last()?.case, 'snapshot');
  expect(last()?.value).toMatchObject({ hosts: [{ name: 'watched' }] });
  await admin().updateHost({ hostId: host!.id, labels: { labels: { zone: 'b' } } });
  await eventually(last, (event) => expect(event).toMatchObject({ case: 'changed', value: { labels: { zone: 'b' } } }));
  await admin().deleteHost({ hostId: host!.id });
  await expectEventually(() => last(), { case: 'removedHostId', value: host!.id });
  ending.abort();
  await watching;
});

test('a watcher may ask for so many hosts in a message: the first ones, then all others, then changes', async () => {
  for (const name of ['piece-1', 'piece-2', 'piece-3']) await admin().createHost({ name });
  const all = (await admin().listHosts({})).hosts.map(({ name }) => name);
  const ending = new AbortController();
  const names: string[] = [];
  const cases: string[] = [];
  for await (const { event } of admin().watchHosts({ hostsPerMessage: 2 }, { signal: ending.signal })) {
    if (event.case !== 'snapshot' && event.case !== 'further') break;
    cases.push(event.case);
    expect(event.value.hosts.length).toBeLessThanOrEqual(2);
    names.push(...event.value.hosts.map(({ name }) => name));
    if (names.length < all.length) continue;
    await admin().updateHost({ hostId: event.value.hosts[0]!.id, labels: { labels: { last: 'yes' } } });
  }
  ending.abort();
  expect(names).toEqual(all);
  expect(cases).toEqual(['snapshot', ...Array.from({ length: Math.ceil(all.length / 2) - 1 }, () => 'further')]);
});
