import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import type { Context } from '../context.ts';
import { newId } from '../database/index.ts';
import { expectEventually } from '../testing/index.ts';
import { placeSandbox } from './place.ts';
import type { Demand } from './store.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(4)));
afterAll(() => fleet?.stop());

const small = {
  template: 'base',
  network: 'none' as const,
  layers: [],
  cpuMillis: 100,
  memoryMib: 64,
  diskMib: 64,
  hostLabels: {},
  boundHostId: null,
  exceptHosts: [],
};
const demand = (more: Partial<Demand> = {}): Demand => ({ teamId: fleet.plane.admin.teamId, ...small, ...more });

/** Places and inserts, as creating a sandbox does, without the call on the host. */
const place = (context: Context, needs: Demand) =>
  context.transaction(async (sql) => {
    const { hostId, turn } = await placeSandbox(sql, needs);
    await turn;
    await sql`
      insert into sandboxes (id, team_id, created_by, host_id, template, cpu_millis, memory_mib, disk_mib, pids)
      values (${newId('sbx')}, ${needs.teamId}, 'test', ${hostId}, 'base', ${needs.cpuMillis}, ${needs.memoryMib}, ${needs.diskMib}, 64)
    `;
    return hostId;
  });

const endAll = () => fleet.plane.context.sql`update sandboxes set observed = 'destroyed'`;

test('50 placements at once from each of two replicas go round strictly fairly', async () => {
  const second = await fleet.plane.startReplica();
  const contexts = [fleet.plane.context, second.context];
  const placed = await Promise.all(Array.from({ length: 100 }, (_, number) => place(contexts[number % 2]!, demand())));
  const perHost = fleet.hosts.map(({ id }) => placed.filter((hostId) => hostId === id).length);
  expect(perHost).toEqual([25, 25, 25, 25]);
  const [last] = await fleet.plane.context.sql<
    { turns: number }[]
  >`select count(distinct last_placement)::int as turns from hosts`;
  expect(last?.turns).toBe(4);
  await endAll();
});

test('capacity is never promised twice, however many ask at once', async () => {
  // 16,384 MiB each: three of 5,000 fit on each of four hosts.
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, () => place(fleet.plane.context, demand({ memoryMib: 5_000 }))),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(12);
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const full = { code: Code.ResourceExhausted, message: 'No host can take this sandbox now: 4 full.' };
  expect(refusals).toMatchObject(Array.from({ length: 18 }, () => full));
  await endAll();
});

test('processors are promised up to their overcommit', async () => {
  const { clients } = fleet.plane.admin;
  for (const { id } of fleet.hosts)
    await clients.hosts.updateHost({ hostId: id, overcommit: { cpu: 2, memory: 1, disk: 1 } });
  // 8 processors, twice: two sandboxes of 8.
  for (let count = 0; count < 8; count += 1) await place(fleet.plane.context, demand({ cpuMillis: 8_000 }));
  await expect(place(fleet.plane.context, demand({ cpuMillis: 8_000 }))).rejects.toMatchObject({
    code: Code.ResourceExhausted,
  });
  await endAll();
});

test('a snapshot that is not stored yet is used only where it lies', async () => {
  const { context, admin } = fleet.plane;
  const { sandbox } = await admin.clients.sandboxes.createSandbox({});
  const snapshots = createClient(SnapshotService, admin.clients.transport);
  const { snapshot } = await snapshots.createSnapshot({ sandboxId: sandbox!.id });
  const { digest, hostIds } = snapshot!;
  const placed = await context.transaction(async (sql) => {
    const placeWith = async (storedAt: Date | null) => {
      await sql`update layers set stored_at = ${storedAt} where digest = ${digest}`;
      return (await placeSandbox(sql, demand({ layers: [digest] }))).hostId;
    };
    return { everywhere: await placeWith(new Date()), here: await placeWith(null) };
  });
  // Its host has just had its turn: without a reason it is the last to be chosen.
  expect(placed.everywhere).not.toBe(hostIds[0]);
  expect(placed.here).toBe(hostIds[0]);
  await snapshots.deleteSnapshot({ snapshotId: snapshot!.id });
  await admin.clients.sandboxes.destroySandbox({ sandboxId: sandbox!.id });
});

test('where nobody fits, the answer counts the hosts by reason', async () => {
  const { clients } = fleet.plane.admin;
  const [one, two, three] = fleet.hosts;
  await clients.hosts.cordonHost({ hostId: one!.id, reason: 'repairs' });
  await three!.setSpecs({ runtime: '', runtimeProblem: 'crun is missing' });
  two!.goSilent();
  // Until no heartbeat is on its way any more.
  const silence = () => fleet.plane.context.sql`update hosts set status = 'unreachable' where id = ${two!.id}`;
  await clients.hosts.createHost({ name: 'waiting' });

  const refused = async (needs: Demand) => {
    await silence();
    return place(fleet.plane.context, needs).then(
      () => '',
      (error: Error) => error.message,
    );
  };
  await expectEventually(
    () => refused(demand({ memoryMib: 100_000 })),
    'No host can take this sandbox now: 1 not joined yet, 1 unreachable, 1 cordoned, 1 without a sandbox runtime, 1 too small.',
  );
  expect(await refused(demand({ template: 'special' }))).toContain('1 without this template ready');
  expect(await refused(demand({ hostLabels: { disk: 'fast' } }))).toContain('2 without the labels asked for');

  await clients.hosts.uncordonHost({ hostId: one!.id });
  await three!.setSpecs({ runtime: 'simulated 1', runtimeProblem: '' });
  two!.comeBack();
});

test("a host's labels choose it", async () => {
  const fast = await fleet.addHost('fast', { labels: { disk: 'fast', zone: 'a' } });
  for (let count = 0; count < 3; count += 1)
    expect(await place(fleet.plane.context, demand({ hostLabels: { disk: 'fast' } }))).toBe(fast.id);
  await endAll();
});

test("a team with hosts of its own runs only there, and nobody else's sandboxes do", async () => {
  const { context, other, admin } = fleet.plane;
  const own = await fleet.addHost('own');
  await context.sql`update teams set own_hosts = true where id = ${other.teamId}`;
  await context.sql`update hosts set team_id = ${other.teamId} where id = ${own.id}`;
  expect(await place(context, demand({ teamId: other.teamId }))).toBe(own.id);
  const placed = await Promise.all(Array.from({ length: 10 }, () => place(context, demand({ teamId: admin.teamId }))));
  expect(placed).not.toContain(own.id);
});

test('without any host the answer says so', async () => {
  const { context, other } = fleet.plane;
  await context.sql`update hosts set team_id = null where team_id = ${other.teamId}`;
  await expect(place(context, demand({ teamId: other.teamId }))).rejects.toMatchObject({
    message: 'No host can take this sandbox: there are no hosts yet.',
  });
});
