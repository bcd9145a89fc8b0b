import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { DrainAction, DrainState, HostHasSandboxesSchema } from '#proto/muster/v1/host_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import type { SimulatedHost } from '../../../simulator/index.ts';
import { eventually, failureOf } from '../../testing/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../testing/simulated-fleet.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(0)));
afterAll(() => fleet?.stop());

const hosts = () => fleet.plane.admin.clients.hosts;
const sandboxes = () => fleet.plane.admin.clients.sandboxes;
const on = async (name: string) => (await sandboxes().createSandbox({ hostLabels: { name } })).sandbox!.id;
const addHost = (name: string) => fleet.addHost(name, { labels: { name } });
const stateOf = async (sandboxId: string) => (await sandboxes().getSandbox({ sandboxId })).sandbox!.observed;
const drainOf = async (host: SimulatedHost) => (await fleet.read(host)).drain;
const drains = (host: SimulatedHost, seen: object) =>
  eventually(
    () => drainOf(host),
    (drain) => expect(drain).toMatchObject(seen),
  );
const actionsOn = async (target: string) => {
  const { events } = await createClient(AuditService, fleet.plane.admin.clients.transport).listAuditEvents({
    filter: { target },
  });
  return events.map(({ action }) => action);
};

test('a drain takes no new sandboxes, waits for those that are there, and says how far it is', async () => {
  const host = await addHost('waits');
  const [first, second] = [await on('waits'), await on('waits')];
  const { host: draining } = await hosts().drainHost({ hostId: host.id, reason: 'new disks' });
  expect(draining).toMatchObject({ cordoned: true, cordonReason: 'new disks' });
  expect(draining?.drain).toMatchObject({
    state: DrainState.DRAINING,
    action: DrainAction.WAIT,
    sandboxesAtStart: 2,
    sandboxesLeft: 2,
  });
  expect((await failureOf(on('waits'))).code).toBe(Code.ResourceExhausted);
  await drains(host, { progress: 'Waiting for 2 sandboxes to end.' });
  await sandboxes().destroySandbox({ sandboxId: first });
  await drains(host, { sandboxesLeft: 1, progress: 'Waiting for 1 sandbox to end.' });
  // A stopped one is out of the way, and stays where it is.
  await sandboxes().stopSandbox({ sandboxId: second });
  await drains(host, { state: DrainState.DRAINED, sandboxesAtStart: 2, sandboxesLeft: 0 });
  const refused = await failureOf(sandboxes().startSandbox({ sandboxId: second }));
  expect(refused.rawMessage).toBe('Its host is being drained.');
  expect(await actionsOn(host.id)).toEqual(['host.drained', 'host.drain', 'host.join', 'host.create']);
  const { host: back } = await hosts().uncordonHost({ hostId: host.id });
  expect(back).toMatchObject({ cordoned: false });
  expect(back?.drain).toBeUndefined();
  await sandboxes().startSandbox({ sandboxId: second });
});

test('at its deadline a drain gives up, stops or destroys, as it was told; uncordoning cancels it', async () => {
  const host = await addHost('deadline');
  const [first, paused] = [await on('deadline'), await on('deadline')];
  await sandboxes().pauseSandbox({ sandboxId: paused });
  const drain = (action: DrainAction, deadline?: { seconds: bigint }) =>
    hosts().drainHost({ hostId: host.id, reason: 'x', action, deadline });

  await drain(DrainAction.WAIT, { seconds: 0n });
  await drains(host, { state: DrainState.GAVE_UP, sandboxesLeft: 2 });
  expect((await fleet.read(host)).cordoned).toBe(true);

  // Long before its deadline nothing is touched, and it can be cancelled.
  await drain(DrainAction.DESTROY, { seconds: 86_400n });
  await drains(host, { progress: 'Waiting for 2 sandboxes to end.' });
  await hosts().uncordonHost({ hostId: host.id });
  expect(await stateOf(first)).toBe(ObservedState.RUNNING);

  await drain(DrainAction.STOP);
  await drains(host, { state: DrainState.DRAINED });
  expect([await stateOf(first), await stateOf(paused)]).toEqual([ObservedState.STOPPED, ObservedState.STOPPED]);

  await drain(DrainAction.DESTROY);
  await drains(host, { state: DrainState.DRAINED, sandboxesAtStart: 2 });
  expect([await stateOf(first), await stateOf(paused)]).toEqual([ObservedState.DESTROYED, ObservedState.DESTROYED]);
  expect(await actionsOn(first)).toEqual(['sandbox.destroy', 'sandbox.stop', 'sandbox.create']);
});

test('a sandbox that is placed while its host is drained is not overlooked', async () => {
  const host = await addHost('raced');
  const placing = Array.from({ length: 10 }, () => on('raced').catch(() => undefined));
  await hosts().drainHost({ hostId: host.id, reason: 'x', action: DrainAction.DESTROY });
  const placed = (await Promise.all(placing)).filter((id) => id !== undefined);
  await drains(host, { state: DrainState.DRAINED });
  for (const sandboxId of placed) expect(await stateOf(sandboxId)).toBe(ObservedState.DESTROYED);
});

test('what a deletion would end is named before: paused and stopped sandboxes, too', async () => {
  const host = await addHost('named');
  const [running, paused, stopped] = [await on('named'), await on('named'), await on('named')];
  await sandboxes().pauseSandbox({ sandboxId: paused });
  await sandboxes().stopSandbox({ sandboxId: stopped });
  const expected = [
    { sandboxId: running, state: 'Running' },
    { sandboxId: paused, state: 'Paused' },
    { sandboxId: stopped, state: 'Stopped' },
  ];
  const preview = await hosts().previewDeleteHost({ hostId: host.id, pageSize: 2 });
  expect(preview).toMatchObject({ totalSandboxes: 3, sandboxes: expected.slice(0, 2) });
  const { nextPageToken: pageToken } = preview;
  const rest = await hosts().previewDeleteHost({ hostId: host.id, pageSize: 2, pageToken });
  expect(rest).toMatchObject({ sandboxes: expected.slice(2), nextPageToken: '' });

  const refused = await failureOf(hosts().deleteHost({ hostId: host.id }));
  expect(refused.code).toBe(Code.Aborted);
  expect(refused.findDetails(ErrorInfoSchema)[0]?.reason).toBe(Reason.HOST_HAS_SANDBOXES);
  expect(refused.findDetails(HostHasSandboxesSchema)).toMatchObject([{ totalSandboxes: 3, sandboxes: expected }]);
  expect(await hosts().deleteHost({ hostId: host.id, force: true })).toMatchObject({ destroyedSandboxes: 3 });
  for (const sandboxId of [running, paused, stopped]) expect(await stateOf(sandboxId)).toBe(ObservedState.DESTROYED);
});
