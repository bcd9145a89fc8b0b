import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { SnapshotService, SnapshotState } from '#proto/muster/v1/snapshot_pb.js';
import { TemplateService } from '#proto/muster/v1/template_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { clientsOf, codeOf, eventually, failureOf } from '../testing/index.ts';
import { settleInterrupted } from './create.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(2)));
afterAll(() => fleet?.stop());

const mine = () => ({
  ...fleet.plane.admin.clients,
  snapshots: createClient(SnapshotService, fleet.plane.admin.clients.transport),
});
const create = async (more = {}) => (await mine().sandboxes.createSandbox(more)).sandbox!;
const snapshotOf = async (sandboxId: string, more = {}) =>
  (await mine().snapshots.createSnapshot({ sandboxId, ...more })).snapshot!;
const hostOf = (id: string) => fleet.hosts.find((host) => host.id === id)!;
const digestsOf = (id: string) => hostOf(id).layers;
const storedNow = (snapshotId: string) =>
  eventually(
    async () => (await mine().snapshots.getSnapshot({ snapshotId })).snapshot!,
    (snapshot) => expect(snapshot.stored).toBe(true),
  );

test('a snapshot is taken, stored, used on every host, and deleted from all of them', async () => {
  const source = await create();
  const snapshot = await snapshotOf(source.id, { name: 'before the change' });
  expect(snapshot).toMatchObject({
    state: SnapshotState.READY,
    name: 'before the change',
    sandboxId: source.id,
    template: 'base',
    createdBy: 'Ada',
    hostIds: [source.hostId],
  });
  await storedNow(snapshot.id);
  const copies = await Promise.all([create({ template: snapshot.id }), create({ template: snapshot.id })]);
  expect(new Set(copies.map(({ hostId }) => hostId)).size).toBe(2);
  for (const { id, hostId } of copies) {
    const { layers } = hostOf(hostId).sandboxes.find(({ sandboxId }) => sandboxId === id)!;
    expect(layers.at(-1)).toBe(snapshot.digest);
    expect(digestsOf(hostId)).toContain(snapshot.digest);
  }
  const { snapshots } = await mine().snapshots.listSnapshots({});
  expect(snapshots.map(({ id }) => id)).toEqual([snapshot.id]);

  // What stands on it keeps it.
  await mine().snapshots.deleteSnapshot({ snapshotId: snapshot.id });
  expect(await codeOf(mine().snapshots.getSnapshot({ snapshotId: snapshot.id }))).toBe(Code.NotFound);
  const [kept, ended] = copies;
  const away = hostOf(ended.hostId);
  await mine().sandboxes.destroySandbox({ sandboxId: ended.id });
  away.goSilent();
  await eventually(
    async () => digestsOf(kept.hostId).length,
    (count) => expect(count).toBe(1),
  );
  await mine().sandboxes.destroySandbox({ sandboxId: kept.id });
  await eventually(
    async () => digestsOf(kept.hostId),
    (digests) => expect(digests).not.toContain(snapshot.digest),
    10_000,
  );
  away.comeBack();
  await eventually(
    async () => digestsOf(ended.hostId),
    (digests) => expect(digests).not.toContain(snapshot.digest),
    10_000,
  );
  await mine().sandboxes.destroySandbox({ sandboxId: source.id });
});

test('a template is used on every host, and deleted from all of them, also from one that is offline now', async () => {
  const templates = createClient(TemplateService, mine().transport);
  const source = { case: 'debianPackages' as const, value: { packages: ['git'] } };
  for await (const _ of templates.createTemplate({ name: 'tools', source })) continue;
  const template = await eventually(
    async () => (await templates.listTemplates({})).templates[0],
    (built) => expect(built).toMatchObject({ name: 'tools', stored: true }),
  );
  const made = await Promise.all([create({ template: 'tools' }), create({ template: 'tools' })]);
  expect(new Set(made.map(({ hostId }) => hostId)).size).toBe(2);
  for (const { id, hostId } of made) {
    expect(digestsOf(hostId)).toContain(template!.digest);
    await mine().sandboxes.destroySandbox({ sandboxId: id });
  }
  const [here, away] = fleet.hosts;
  away!.goSilent();
  await templates.deleteTemplate({ templateId: template!.id });
  const isGoneFrom = (host: typeof away) =>
    eventually(
      () => host!.layers,
      (digests) => expect(digests).not.toContain(template!.digest),
      30_000,
    );
  await isGoneFrom(here);
  expect(digestsOf(away!.id)).toContain(template!.digest);
  away!.comeBack();
  await isGoneFrom(away);
});

test('the same request answers the same snapshot, and what is done is in the audit', async () => {
  const source = await create();
  const [one, two] = await Promise.all([
    snapshotOf(source.id, { requestId: 'again' }),
    snapshotOf(source.id, { requestId: 'again' }),
  ]);
  expect(two.id).toBe(one.id);
  await mine().snapshots.deleteSnapshot({ snapshotId: one.id });
  const audit = createClient(AuditService, mine().transport);
  const { events } = await audit.listAuditEvents({ filter: { target: one.id } });
  expect(events.map(({ action }) => action)).toEqual(['snapshot.delete', 'snapshot.create']);
  await mine().sandboxes.destroySandbox({ sandboxId: source.id });
});

test('an uploaded tarball is in the audit', async () => {
  async function* parts() {
    yield { data: Buffer.from('what a tarball has') };
  }
  const { digest } = await createClient(TemplateService, mine().transport).uploadTarball(parts());
  const audit = createClient(AuditService, mine().transport);
  const { events } = await audit.listAuditEvents({ filter: { target: digest } });
  expect(events.map(({ action }) => action)).toEqual(['template.upload']);
});

test('forks have the settings of the one that is forked, and nothing is left of the snapshot between', async () => {
  const source = await create({ env: { COLOUR: 'green' }, limits: { memoryMib: 99 }, metadata: { purpose: 'x' } });
  const { sandboxes, problems } = await mine().snapshots.forkSandbox({
    sandboxId: source.id,
    count: 5,
    metadata: { number: 'many' },
    requestId: 'five',
  });
  expect(problems).toEqual([]);
  expect(sandboxes).toHaveLength(5);
  for (const fork of sandboxes) {
    expect(fork).toMatchObject({ stateLabel: 'Running', limits: { memoryMib: 99 } });
    expect(fork.metadata).toMatchObject({ purpose: 'x', number: 'many' });
    const simulated = hostOf(fork.hostId).sandboxes.find(({ sandboxId }) => sandboxId === fork.id);
    expect(simulated?.env).toEqual({ COLOUR: 'green' });
  }
  expect((await mine().snapshots.listSnapshots({})).snapshots).toEqual([]);
  // The source has ended meanwhile, and nothing is copied again.
  await mine().sandboxes.destroySandbox({ sandboxId: source.id });
  const copies = async () =>
    (await fleet.plane.context.sql`select from snapshots where sandbox_id = ${source.id}`).length;
  expect(await copies()).toBe(1);
  const again = await mine().snapshots.forkSandbox({ sandboxId: source.id, count: 5, requestId: 'five' });
  expect(again.sandboxes.map(({ id }) => id)).toEqual(sandboxes.map(({ id }) => id));
  const more = await mine().snapshots.forkSandbox({ sandboxId: source.id, count: 6, requestId: 'five' });
  expect(more.sandboxes).toHaveLength(5);
  expect(more.problems).toEqual([expect.stringContaining('has not ended')]);
  expect(await codeOf(mine().snapshots.forkSandbox({ sandboxId: source.id }))).toBe(Code.FailedPrecondition);
  expect(await copies()).toBe(1);
  await Promise.all(sandboxes.map(({ id }) => mine().sandboxes.destroySandbox({ sandboxId: id })));
});

test('what a fork that died has left is deleted', async () => {
  const source = await create();
  const { id } = await snapshotOf(source.id);
  const { sql } = fleet.plane.context;
  await sql`update snapshots set passing = true, created_at = now() - interval '7 hours' where id = ${id}`;
  await settleInterrupted(fleet.plane.context);
  expect(await codeOf(mine().snapshots.getSnapshot({ snapshotId: id }))).toBe(Code.NotFound);
  await mine().sandboxes.destroySandbox({ sandboxId: source.id });
});

test('a quota bounds snapshots, and strangers see none', async () => {
  const { teamId } = fleet.plane.admin;
  await mine().teams.setTeamQuota({ teamId, quota: { snapshots: 1 } });
  const source = await create();
  const snapshot = await snapshotOf(source.id);
  const refused = await failureOf(snapshotOf(source.id));
  expect(refused.findDetails(ErrorInfoSchema)[0]?.reason).toBe(Reason.QUOTA_EXCEEDED);
  expect((await mine().teams.getTeamUsage({ teamId })).used?.snapshots).toBe(1);
  const { sandboxes: forks } = await mine().snapshots.forkSandbox({ sandboxId: source.id });
  expect(forks).toHaveLength(1);
  const stranger = createClient(SnapshotService, fleet.plane.other.clients.transport);
  expect(await codeOf(stranger.getSnapshot({ snapshotId: snapshot.id }))).toBe(Code.NotFound);
  expect(await codeOf(stranger.forkSandbox({ sandboxId: source.id }))).toBe(Code.NotFound);
  expect(await codeOf(fleet.plane.other.clients.sandboxes.createSandbox({ template: snapshot.id }))).toBe(
    Code.NotFound,
  );
  await mine().teams.setTeamQuota({ teamId, quota: {} });
  for (const { id } of [source, ...forks]) await mine().sandboxes.destroySandbox({ sandboxId: id });
  expect(await codeOf(snapshotOf(source.id))).toBe(Code.FailedPrecondition);
});

test('sandboxes and forks of whom a sign-in proxy names say so, over whatever is sent; its headers may have other names', async () => {
  const proxySecret = 'a secret between the proxy and the server';
  const { url } = await fleet.plane.startReplica({
    MUSTER_USER_MODE: 'trusted_header',
    MUSTER_PUBLIC_URL: 'https://muster.example',
    MUSTER_PLATFORM_ADMINS: 'root',
    MUSTER_PROXY_RANGES: '127.0.0.1',
    MUSTER_PROXY_SECRET: proxySecret,
    MUSTER_USER_HEADER: 'X-Company-Person',
    MUSTER_TEAM_HEADER: 'X-Company-Unit',
    MUSTER_ROLES_HEADER: 'X-Company-Groups',
    MUSTER_PROXY_SECRET_HEADER: 'X-Company-Proof',
  });
  const as = (person: string) => {
    const named = { 'x-company-person': person, 'x-company-unit': 'Engines', 'x-company-groups': 'operator' };
    const clients = clientsOf(url, { ...named, 'x-company-proof': proxySecret });
    return { ...clients, snapshots: createClient(SnapshotService, clients.transport) };
  };
  const [ada, grace] = [as('ada'), as('Grace@Example.org')];
  const metadata = { 'access.owner': 'root', 'access.team': 'all', color: 'red' };
  const { sandbox } = await ada.sandboxes.createSandbox({ metadata });
  const team = expect.stringMatching(/^engines--[0-9a-f]{12}$/);
  expect(sandbox!.metadata).toEqual({ color: 'red', 'access.owner': 'ada', 'access.team': team });
  const { sandboxes } = await grace.snapshots.forkSandbox({ sandboxId: sandbox!.id, metadata });
  const owner = expect.stringMatching(/^grace-example\.org--[0-9a-f]{12}$/);
  expect(sandboxes.map((fork) => fork.metadata)).toEqual([
    { color: 'red', 'access.owner': owner, 'access.team': team },
  ]);
  const standard = { 'x-opensandbox-user': 'ada', 'x-opensandbox-team': 'Engines', 'x-opensandbox-roles': 'operator' };
  expect(await codeOf(clientsOf(url, standard).auth.getCaller({})), 'they mean nothing here').toBe(
    Code.Unauthenticated,
  );
  for (const { id } of [sandbox!, ...sandboxes]) await ada.sandboxes.destroySandbox({ sandboxId: id });
});
