import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { FleetExportFormat } from '#proto/muster/v1/fleet_pb.js';
import { HostOwner, HostStatus, type WatchHostsResponse } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { startSimulatedHost, type SimulatedHost } from '../../simulator/index.ts';
import { newId } from '../database/index.ts';
import { findUnstored, recordLayers } from '../layers/store.ts';
import { clientsOf, eventually, expectEventually, failureOf, type TestUser } from '../testing/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from './testing/simulated-fleet.ts';

let fleet: SimulatedFleet;
/** A shared host, and one of Grace's team. */
let shared: SimulatedHost;
let own: SimulatedHost;
/** Grace owns a team that brings its own hosts; Mary is a member of it, Eve owns another such team. */
let admin: TestUser;
let grace: TestUser;
let mary: TestUser;
let eve: TestUser;

const of = (user: TestUser): TestUser['clients'] => user.clients;
const allow = (user: TestUser) => of(admin).teams.setTeamOwnHosts({ teamId: user.teamId, ownHosts: true });

beforeAll(async () => {
  fleet = await startSimulatedFleet(1);
  const { plane } = fleet;
  [admin, grace, mary, eve] = [plane.admin, plane.other, await plane.makeUser('Mary'), await plane.makeUser('Eve')];
  await Promise.all([allow(grace), allow(eve)]);
  await of(grace).teams.addMember({ teamId: grace.teamId, userId: mary.id, role: TeamRole.MEMBER });
  await of(mary).auth.switchTeam({ teamId: grace.teamId });
  shared = fleet.hosts[0]!; // just started
  own = await fleet.addHost('own-1', { teamId: grace.teamId });
});
afterAll(() => fleet?.stop());

async function failure(call: Promise<unknown>) {
  const error = await failureOf(call);
  const [info] = error.findDetails(ErrorInfoSchema);
  return { code: error.code, reason: info?.reason, message: error.rawMessage };
}

const missing = { code: Code.NotFound, reason: Reason.NOT_FOUND };
const denied = { code: Code.PermissionDenied, reason: Reason.NOT_ALLOWED };
const namesFor = async (user: TestUser, filter = {}) =>
  (await of(user).hosts.listHosts(filter)).hosts.map(({ name }) => name);

test('owners and admins of a team that may register its hosts, by name or by their active team; nobody else does', async () => {
  const hosts = of(grace).hosts;
  const { host, joinToken } = await hosts.createHost({ name: 'mine', requestId: 'one' });
  expect(host).toMatchObject({ teamId: grace.teamId, teamName: "Grace's team", status: HostStatus.PENDING });
  expect(joinToken?.token).toMatch(/^mst_join_/);
  expect((await hosts.createHost({ name: 'mine', requestId: 'one', teamId: grace.teamId })).host?.id).toBe(host!.id);
  expect(await failure(of(mary).hosts.createHost({ name: 'hers' }))).toMatchObject(denied);
  expect(await failure(of(eve).hosts.createHost({ name: 'hers', teamId: grace.teamId }))).toMatchObject(missing);
  const plain = await fleet.plane.makeUser('Paul');
  expect(await failure(of(plain).hosts.createHost({ name: 'his' }))).toMatchObject({
    code: Code.FailedPrecondition,
    reason: Reason.OWN_HOSTS_OFF,
  });
  // A platform admin is told the same: the flag comes first.
  expect(await failure(of(admin).hosts.createHost({ name: 'his', teamId: plain.teamId }))).toMatchObject({
    reason: Reason.OWN_HOSTS_OFF,
  });
  await of(grace).teams.setMemberRole({ teamId: grace.teamId, userId: mary.id, role: TeamRole.ADMIN });
  expect((await of(mary).hosts.createHost({ name: 'hers' })).host?.teamId).toBe(grace.teamId);
  await of(grace).teams.setMemberRole({ teamId: grace.teamId, userId: mary.id, role: TeamRole.MEMBER });
});

test('names and request ids are each owner’s own: that one is taken tells nothing of another team', async () => {
  const [first, second, third] = await Promise.all(
    [grace, eve, admin].map((user) => of(user).hosts.createHost({ name: 'same-name', requestId: 'same-request' })),
  );
  expect(new Set([first, second, third].map((answer) => answer?.host?.id)).size).toBe(3);
  expect(third?.host?.teamId).toBe('');
  for (const { user, seen } of [
    { user: grace, seen: 2 },
    { user: eve, seen: 2 },
    { user: admin, seen: 3 },
  ])
    expect(await namesFor(user, { search: 'same-name' })).toHaveLength(seen);
  expect(await failure(of(grace).hosts.createHost({ name: 'same-name' }))).toMatchObject({
    code: Code.AlreadyExists,
    reason: Reason.NAME_TAKEN,
  });
});

test('a team manages its own hosts and only looks at shared ones; members look at both', async () => {
  const { hosts } = of(grace);
  const hostId = own.id;
  await hosts.updateHost({ hostId, labels: { labels: { zone: 'a' } }, overcommit: { cpu: 4, memory: 1, disk: 1 } });
  await hosts.cordonHost({ hostId, reason: 'repairs' });
  expect((await of(mary).hosts.getHost({ hostId })).host).toMatchObject({ cordonReason: 'repairs' });
  await hosts.uncordonHost({ hostId });
  const allowedTo = async (user: TestUser, id: string) =>
    (await of(user).hosts.getHost({ hostId: id })).host!.actions.some(({ allowed }) => allowed);
  expect(await allowedTo(grace, hostId)).toBe(true);
  expect(await allowedTo(mary, hostId)).toBe(false);
  expect(await allowedTo(grace, shared.id)).toBe(false);
  expect(await failure(of(mary).hosts.cordonHost({ hostId, reason: 'x' }))).toMatchObject(denied);
  expect(await failure(of(mary).hosts.deleteHost({ hostId }))).toMatchObject(denied);
  expect(await failure(of(mary).hosts.createJoinToken({ hostId }))).toMatchObject(denied);
  expect(await failure(hosts.deleteHost({ hostId: shared.id }))).toMatchObject(denied);
  expect(await namesFor(mary, { owner: HostOwner.PLATFORM, search: 'host-' })).toEqual(['host-1']);
  expect(await namesFor(mary, { owner: HostOwner.TEAM, search: 'own-' })).toEqual(['own-1']);
});

test("another team's host does not exist: not by id, in no list, no stream, no file, no audit", async () => {
  const hostId = own.id;
  const { hosts } = of(eve);
  const ending = new AbortController();
  const seen: WatchHostsResponse['event'][] = [];
  const watching = (async () => {
    for await (const { event } of hosts.watchHosts({}, { signal: ending.signal })) seen.push(event);
  })().catch(() => undefined);
  await expectEventually(() => seen[0]?.case, 'snapshot');

  for (const call of [
    () => hosts.getHost({ hostId }),
    () => hosts.updateHost({ hostId, name: 'x' }),
    () => hosts.createJoinToken({ hostId }),
    () => hosts.cordonHost({ hostId, reason: 'x' }),
    () => hosts.uncordonHost({ hostId }),
    () => hosts.drainHost({ hostId, reason: 'x' }),
    () => hosts.unlockHost({ hostId, reason: 'x' }),
    () => hosts.previewDeleteHost({ hostId }),
    () => hosts.deleteHost({ hostId, force: true }),
    () => of(eve).fleet.listHistory({ hostId }),
  ])
    expect(await failure(call())).toMatchObject(missing);
  expect(await namesFor(eve, { search: 'own-' })).toEqual([]);
  expect(await namesFor(eve, { teamId: grace.teamId })).toEqual([]);
  const fleetOf = async (user: TestUser) => (await of(user).fleet.getFleet({})).hosts.map((host) => host.hostId);
  expect(await fleetOf(eve)).toEqual([shared.id]);
  expect(await fleetOf(mary)).toContain(hostId);
  const parts: string[] = [];
  for await (const { data } of of(eve).fleet.exportFleet({ format: FleetExportFormat.CSV }))
    parts.push(Buffer.from(data).toString());
  expect(parts.join('')).toContain(shared.id);
  expect(parts.join('')).not.toContain(hostId);

  // Whatever happens to it, a stranger's stream says nothing, not even that something is gone.
  const { host } = await of(grace).hosts.createHost({ name: 'short-lived' });
  await of(grace).hosts.deleteHost({ hostId: host!.id });
  await of(admin).hosts.updateHost({ hostId: shared.id, labels: { labels: { seen: 'yes' } } });
  await expectEventually(
    () => seen.some((event) => event.case === 'changed' && event.value.labels['seen'] === 'yes'),
    true,
  );
  const told = seen.flatMap((event) =>
    event.case === 'snapshot'
      ? event.value.hosts.map(({ id }) => id)
      : event.case === 'changed'
        ? [event.value.id]
        : event.case === 'removedHostId'
          ? [event.value]
          : [],
  );
  expect(told).not.toContain(hostId);
  expect(told).not.toContain(host!.id);
  ending.abort();
  await watching;

  const auditOf = async (user: TestUser) =>
    (await createClient(AuditService, of(user).transport).listAuditEvents({ filter: { actionPrefix: 'host.' } }))
      .events;
  const mine = await auditOf(grace);
  const actions = mine.filter(({ target }) => target?.id === hostId).map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(['host.create', 'host.join', 'host.cordon', 'host.update']));
  expect(mine.every(({ team }) => team?.id === grace.teamId)).toBe(true);
  expect((await auditOf(eve)).filter(({ target }) => target?.id === hostId)).toEqual([]);
});

test('keys see and do of hosts what belongs to their team, whatever they are bound to', async () => {
  let count = 0;
  const clientsFor = async (maker: TestUser, request: object) => {
    const keys = createClient(ApiKeyService, of(maker).transport);
    const { secret } = await keys.createApiKey({ name: `key-${(count += 1)}`, role: KeyRole.OPERATOR, ...request });
    return clientsOf(fleet.plane.url, { 'x-api-key': secret }).hosts;
  };
  const names = async (hosts: TestUser['clients']['hosts'], filter = {}) =>
    (await hosts.listHosts({ search: 'own-1', ...filter })).hosts.map(({ name }) => name);
  const hostId = own.id;
  const ofGrace = await clientsFor(grace, { teamId: grace.teamId });
  expect(await names(ofGrace)).toEqual(['own-1']);
  expect(await failure(ofGrace.createHost({ name: 'by-key' }))).toMatchObject(denied);
  const ofEve = await clientsFor(eve, { teamId: eve.teamId });
  expect(await names(ofEve)).toEqual([]);
  expect(await failure(ofEve.getHost({ hostId }))).toMatchObject(missing);
  const confined = await clientsFor(admin, { boundTeamId: eve.teamId });
  expect(await names(confined)).toEqual([]);
  expect(await failure(confined.cordonHost({ hostId, reason: 'x' }))).toMatchObject(missing);
  expect(await failure(confined.createHost({ name: 'by-key', teamId: grace.teamId }))).toMatchObject(missing);
  expect((await confined.createHost({ name: 'by-key' })).host?.teamId).toBe(eve.teamId);
  const unbound = await clientsFor(admin, {});
  expect(await names(unbound)).toEqual(['own-1']);
  expect((await unbound.createHost({ name: 'by-key' })).host?.teamId).toBe('');
  // No key can be bound to a host that its maker does not see.
  expect(await failure(clientsFor(eve, { teamId: eve.teamId, boundHostId: hostId }))).toMatchObject(missing);
});

test('what is kept on a shared host is named to admins alone; a team reads the digests on its own', async () => {
  const keep = async (user: TestUser) => {
    const { sandbox } = await of(user).sandboxes.createSandbox({});
    const snapshots = createClient(SnapshotService, of(user).transport);
    return (await snapshots.createSnapshot({ sandboxId: sandbox!.id })).snapshot!.digest;
  };
  const [onShared, onOwn] = [await keep(admin), await keep(grace)];
  const read = async (user: TestUser, hostId: string) => (await of(user).hosts.getHost({ hostId })).host?.specs?.layers;
  // Hosts tell it with their heartbeats.
  await eventually(
    () => read(admin, shared.id),
    (layers) => expect(layers).toContain(onShared),
  );
  expect(await read(grace, shared.id)).toEqual([]);
  await eventually(
    () => read(mary, own.id),
    (layers) => expect(layers).toContain(onOwn),
  );
});

test('nobody fetches what a team keeps from the host of another team, whatever that says it has', async () => {
  const { context } = fleet.plane;
  const hers = await fleet.addHost('of-eve', { teamId: eve.teamId });
  const { sandbox } = await of(grace).sandboxes.createSandbox({});
  const digest = `sha256:${'e'.repeat(64)}`;
  await context.transaction(async (sql) => {
    await recordLayers(sql, hers.id, [digest]);
    await sql`
      insert into snapshots (id, team_id, sandbox_id, template, created_by, host_id, state, layers)
      select ${newId('snap')}, team_id, id, 'base', 'test', host_id, 'ready', array[${digest}::text]
      from sandboxes where id = ${sandbox!.id}
    `;
    const places = async () => (await findUnstored(sql, context.replicaId)).filter((one) => one.digest === digest);
    expect(await places()).toEqual([]);
    await recordLayers(sql, own.id, [digest]);
    expect(await places()).toEqual([{ digest, hostId: own.id }]);
    await recordLayers(sql, shared.id, [digest]);
    expect(await places()).toEqual([{ digest, hostId: shared.id }]);
    await sql`delete from snapshots where layers = array[${digest}::text]`;
  });
  await of(eve).hosts.deleteHost({ hostId: hers.id });
});

test('admins see both kinds with the names of teams, and narrow the list by either', async () => {
  const { hosts } = await of(admin).hosts.listHosts({ search: 'own-1' });
  expect(hosts).toMatchObject([{ teamId: grace.teamId, teamName: "Grace's team" }]);
  expect(await namesFor(admin, { teamId: grace.teamId, search: 'own-' })).toEqual(['own-1']);
  expect(await namesFor(admin, { owner: HostOwner.PLATFORM })).not.toContain('own-1');
});

test("a team's sandboxes run only on its hosts, and nobody else's do, by whatever way they are made", async () => {
  const mine = await Promise.all(Array.from({ length: 3 }, () => of(grace).sandboxes.createSandbox({})));
  expect(mine.map(({ sandbox }) => sandbox?.hostId)).toEqual([own.id, own.id, own.id]);
  expect((await of(admin).sandboxes.createSandbox({})).sandbox?.hostId).toBe(shared.id);
  // Eve's team has the right and no machine: it does not fall back to the shared ones.
  expect(await failure(of(eve).sandboxes.createSandbox({}))).toMatchObject({ reason: Reason.NO_HOST_FITS });
  // What fails there is not tried on a shared host.
  own.failCreates('its disk is broken');
  const { sandbox } = await of(grace).sandboxes.createSandbox({});
  expect(sandbox).toMatchObject({ hostId: own.id, observed: ObservedState.FAILED });
  own.failCreates(undefined);
});

test('a host cannot speak for what is on another: what it claims is its own unknown sandbox, and nothing else moves', async () => {
  const { sandbox: victim } = await of(admin).sandboxes.createSandbox({});
  const read = async () => (await of(admin).sandboxes.getSandbox({ sandboxId: victim!.id })).sandbox;
  const before = await read();
  own.addUnknownSandbox(victim!.id);
  await own.beat();
  await expectEventually(
    async () => (await of(admin).hosts.listUnknownSandboxes({ hostId: own.id })).sandboxes.map((one) => one.sandboxId),
    [victim!.id],
  );
  expect(await read()).toMatchObject({
    hostId: shared.id,
    observed: before!.observed,
    revision: before!.revision,
    reason: before!.reason,
  });
  own.forgetSandbox(victim!.id);
});

test('how many hosts a team may bring has a limit, and a race for the last place has one winner', async () => {
  const { teamId } = eve;
  const already = (await namesFor(eve, { teamId })).length;
  await of(admin).teams.setTeamQuota({ teamId, quota: { hosts: already + 1 } });
  const outcomes = await Promise.all(
    Array.from({ length: 5 }, (_, number) => failureOrName(of(eve).hosts.createHost({ name: `racer-${number}` }))),
  );
  expect(outcomes.filter((one) => one === 'made')).toHaveLength(1);
  expect(outcomes.filter((one) => one === Reason.QUOTA_EXCEEDED)).toHaveLength(4);
  const usage = await of(eve).teams.getTeamUsage({ teamId });
  expect([usage.used?.hosts, usage.quota?.hosts]).toEqual([already + 1, already + 1]);
  // A repeat of what was made before is no further host.
  expect((await of(eve).hosts.createHost({ name: 'same-name', requestId: 'same-request' })).joinToken).toBeUndefined();
});

const failureOrName = async (call: Promise<unknown>) => {
  try {
    await call;
    return 'made';
  } catch (error) {
    return ConnectError.from(error).findDetails(ErrorInfoSchema)[0]?.reason;
  }
};

test('the right cannot be taken away from a team that has hosts, however the two race', async () => {
  expect(await failure(of(admin).teams.setTeamOwnHosts({ teamId: grace.teamId, ownHosts: false }))).toMatchObject({
    code: Code.FailedPrecondition,
    reason: Reason.TEAM_HAS_HOSTS,
    message: expect.stringContaining('own-1') as string,
  });
  for (let round = 0; round < 5; round += 1) {
    const user = await fleet.plane.makeUser(`Racer${round}`);
    await allow(user);
    const [made, taken] = await Promise.allSettled([
      of(user).hosts.createHost({ name: 'mine' }),
      of(admin).teams.setTeamOwnHosts({ teamId: user.teamId, ownHosts: false }),
    ]);
    expect([made, taken].filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  }
});

test('a host that is deleted, or has come to another owner, while a sandbox is placed never gets it', async () => {
  const { context } = fleet.plane;
  const doomed = await fleet.addHost('doomed', { teamId: grace.teamId });
  // Somebody holds the host's row; the placement that has chosen it waits, and must look again.
  await of(grace).hosts.cordonHost({ hostId: own.id, reason: 'only the other one' });
  let waiting: Promise<unknown> | undefined;
  await context.transaction(async (sql) => {
    await sql`update hosts set team_id = ${eve.teamId} where id = ${doomed.id}`;
    waiting = failure(of(grace).sandboxes.createSandbox({}));
    // Heartbeats wait for the row, too.
    await expectEventually(async () => {
      const rows = await context.sql`
        select pid from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database() and query like '%placement_sequence%'
      `;
      return rows.length;
    }, 1);
  });
  expect(await waiting).toMatchObject({ reason: Reason.NO_HOST_FITS });
  await context.sql`update hosts set team_id = ${grace.teamId} where id = ${doomed.id}`;
  await of(grace).hosts.deleteHost({ hostId: doomed.id });
  await of(grace).hosts.uncordonHost({ hostId: own.id });
});

test('re-enrolled by its team, a machine that was set up anew is the same host of the same team', async () => {
  const first = await fleet.addHost('again', { teamId: grace.teamId });
  const { joinToken } = await of(grace).hosts.createJoinToken({ hostId: first.id });
  const second = await startSimulatedHost({
    serverUrl: fleet.plane.url,
    joinToken: joinToken!.token,
    fingerprint: fleet.plane.services.installation.fingerprint,
    heartbeatEveryMs: 100,
  });
  expect(second.id).toBe(first.id);
  expect(await failure(first.beat())).toMatchObject({ reason: Reason.REFRESH_REQUIRED });
  expect((await of(grace).hosts.getHost({ hostId: first.id })).host).toMatchObject({
    name: 'again',
    teamId: grace.teamId,
    status: HostStatus.ONLINE,
  });
  await second.stop();
});

test('a team is deleted with its hosts: what ran there has ended, their agents are told, and no sandbox slips in', async () => {
  const owner = await fleet.plane.makeUser('Linus');
  const { teamId } = owner;
  await allow(owner);
  const host = await fleet.addHost('of-linus', { teamId });
  const { sandbox } = await of(owner).sandboxes.createSandbox({});
  const [deleted] = await Promise.all([
    of(owner).teams.deleteTeam({ teamId, confirmName: "Linus's team" }),
    ...Array.from({ length: 5 }, () => failureOrName(of(owner).sandboxes.createSandbox({ teamId }))),
  ]);
  expect(deleted.deletedHosts).toBe(1);
  expect(deleted.destroyedSandboxes).toBeGreaterThanOrEqual(1);
  const [left] = await fleet.plane.context.sql`
    select count(*) filter (where observed not in ('destroyed', 'failed'))::int as live from sandboxes where team_id = ${teamId}
  `;
  expect(left).toEqual({ live: 0 });
  expect((await of(admin).hosts.getHost({ hostId: host.id })).host?.status).toBe(HostStatus.DELETED);
  expect(await failure(host.beat())).toMatchObject({ reason: Reason.HOST_DELETED });
  const events = await createClient(AuditService, of(admin).transport).listAuditEvents({ teamId, filter: {} });
  expect(events.events.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['team.delete', 'host.delete', 'sandbox.destroy']),
  );
  expect(
    events.events.find(({ target, action }) => target?.id === sandbox!.id && action === 'sandbox.destroy')?.reason,
  ).toBe('Its team was deleted.');
});
