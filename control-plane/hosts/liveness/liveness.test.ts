import { afterEach, expect, test } from 'vitest';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { eventually, expectEventually } from '../../testing/index.ts';
import type { SimulatedHost } from '../../../simulator/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../testing/simulated-fleet.ts';
import { markUnreachable } from './store.ts';

let fleet: SimulatedFleet | undefined;
afterEach(async () => {
  await fleet?.stop();
  fleet = undefined;
});

const start = async (hosts: number, env: Record<string, string> = {}) =>
  (fleet = await startSimulatedFleet(hosts, { env }));

/** A host was last heard long ago, however quick the machine is; nobody else is silent. */
async function silence(seen: SimulatedFleet, host: SimulatedHost): Promise<void> {
  host.goSilent();
  // A heartbeat that was on its way counts, and is over with the next look.
  await expectEventually(async () => {
    await seen.plane.context
      .sql`update hosts set last_seen_at = now() - interval '2 minutes' where id = ${host.id} and status = 'online'`;
    return HostStatus[(await seen.read(host)).status];
  }, 'UNREACHABLE');
}

test('a host that falls silent becomes unreachable and its sandboxes missing; both are back with it, and nothing has stopped', async () => {
  const { hosts, plane, ...seen } = await start(2, { MUSTER_UNREACHABLE_AFTER: '90s' });
  const { sandboxes } = plane.admin.clients;
  const made = await Promise.all([
    sandboxes.createSandbox({}),
    sandboxes.createSandbox({}),
    sandboxes.createSandbox({}),
    sandboxes.createSandbox({}),
  ]);
  const [lost] = hosts;
  const onLost = made.flatMap(({ sandbox }) => (sandbox?.hostId === lost!.id ? [sandbox.id] : []));
  expect(onLost).toHaveLength(2);
  await sandboxes.pauseSandbox({ sandboxId: onLost[1]! });
  const observed = async (sandboxId: string) =>
    ObservedState[(await sandboxes.getSandbox({ sandboxId })).sandbox!.observed];

  await silence(fleet!, lost!);
  for (const id of onLost) expect(await observed(id)).toBe('MISSING');
  const others = made.flatMap(({ sandbox }) => (onLost.includes(sandbox!.id) ? [] : [sandbox!.id]));
  for (const id of others) expect(await observed(id)).toBe('RUNNING');
  const renew = (sandboxId: string) => sandboxes.renewSandbox({ sandboxId, timeout: { seconds: 7200n } });
  expect((await renew(onLost[0]!)).notYetApplied).toBe(true);
  expect((await renew(others[0]!)).notYetApplied).toBe(false);
  expect((await seen.read(hosts[1]!)).status).toBe(HostStatus.ONLINE);
  expect((await seen.read(lost!)).usage?.sandboxes).toBe(2);

  lost!.comeBack();
  await expectEventually(async () => HostStatus[(await seen.read(lost!)).status], 'ONLINE');
  await expectEventually(() => observed(onLost[0]!), 'RUNNING');
  await expectEventually(() => observed(onLost[1]!), 'PAUSED');
  expect(lost!.sandboxes).toHaveLength(2);
});

test('what was wanted of a sandbox while its host was away is done when it is back', async () => {
  const { hosts, plane, ...seen } = await start(1, { MUSTER_UNREACHABLE_AFTER: '90s' });
  const { sandboxes } = plane.admin.clients;
  const [{ sandbox: gone }, { sandbox: frozen }] = await Promise.all([
    sandboxes.createSandbox({}),
    sandboxes.createSandbox({}),
  ]);
  await silence(fleet!, hosts[0]!);
  expect((await sandboxes.destroySandbox({ sandboxId: gone!.id })).sandbox?.stateLabel).toBe('Destroying');
  await expect(sandboxes.pauseSandbox({ sandboxId: frozen!.id })).rejects.toThrow('The host is not connected now.');
  hosts[0]!.comeBack();
  await expectEventually(
    async () => (await sandboxes.getSandbox({ sandboxId: gone!.id })).sandbox?.observed,
    ObservedState.DESTROYED,
  );
  await expectEventually(
    async () => (await sandboxes.getSandbox({ sandboxId: frozen!.id })).sandbox?.observed,
    ObservedState.PAUSED,
  );
  await eventually(
    () => seen.read(hosts[0]!),
    ({ lastReconcile }) => expect(lastReconcile).toMatch(/^Compared /),
  );
});

test('nobody is declared unreachable in the grace after the start', async () => {
  const { hosts, plane, ...seen } = await start(1, { MUSTER_UNREACHABLE_AFTER: '200ms', MUSTER_STARTUP_GRACE: '1h' });
  hosts[0]!.goSilent();
  await plane.context.sql`update hosts set last_seen_at = now() - interval '1 hour'`;
  plane.replica.loops.wake('hosts.liveness');
  const [sweep] = plane.replica.loops.statuses().filter(({ name }) => name === 'hosts.liveness');
  await eventually(
    () => plane.replica.loops.statuses().find(({ name }) => name === 'hosts.liveness')!,
    ({ runs }) => expect(runs).toBeGreaterThan(sweep!.runs + 1),
  );
  expect((await seen.read(hosts[0]!)).status).toBe(HostStatus.ONLINE);
});

test('a heartbeat between looking and marking keeps its host online', async () => {
  const { hosts, plane, ...seen } = await start(1, { MUSTER_SWEEP_INTERVAL: '1h', MUSTER_UNREACHABLE_AFTER: '90s' });
  await plane.context.sql`update hosts set last_seen_at = now() - interval '2 minutes'`;
  await hosts[0]!.beat();
  expect(await markUnreachable(plane.context.sql, [hosts[0]!.id], 90_000)).toEqual([]);
  expect((await seen.read(hosts[0]!)).status).toBe(HostStatus.ONLINE);
});
