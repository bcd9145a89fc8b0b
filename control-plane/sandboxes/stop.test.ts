import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { ExpiryAction, ObservedState, WantedState } from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { eventually, failureOf } from '../testing/index.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(1)));
afterAll(() => fleet?.stop());

const mine = () => fleet.plane.admin.clients;
const create = async (more: Parameters<ReturnType<typeof mine>['sandboxes']['createSandbox']>[0] = {}) =>
  (await mine().sandboxes.createSandbox(more)).sandbox!.id;
const read = async (sandboxId: string) => (await mine().sandboxes.getSandbox({ sandboxId })).sandbox!;
const destroy = (sandboxId: string) => mine().sandboxes.destroySandbox({ sandboxId });
const becomes = (sandboxId: string, seen: object) =>
  eventually(
    () => read(sandboxId),
    (sandbox) => expect(sandbox).toMatchObject(seen),
  );
const reasonOf = async (call: PromiseLike<unknown>) => (await failureOf(call)).findDetails(ErrorInfoSchema)[0]?.reason;
const timeIsOver = (sandboxId: string) =>
  fleet.plane.context.sql`update sandboxes set expires_at = now() where id = ${sandboxId}`;

async function run(sandboxId: string): Promise<string> {
  const kinds: (string | undefined)[] = [];
  for await (const { event } of mine().processes.run({ sandboxId, argv: ['true'] })) kinds.push(event.case);
  return kinds.join(' ');
}

test('a sandbox is stopped and started; each call can be repeated; both are in the audit', async () => {
  const sandboxId = await create();
  const { sandbox } = await mine().sandboxes.stopSandbox({ sandboxId });
  expect(sandbox).toMatchObject({ observed: ObservedState.STOPPED, stateLabel: 'Stopped', reason: 'Stopped.' });
  expect((await mine().sandboxes.stopSandbox({ sandboxId })).sandbox?.revision).toBe(sandbox?.revision);
  await expect(run(sandboxId)).rejects.toMatchObject({
    code: Code.FailedPrecondition,
    rawMessage: 'This sandbox is stopped: start it first.',
  });
  await expect(mine().sandboxes.pauseSandbox({ sandboxId })).rejects.toMatchObject({ code: Code.FailedPrecondition });
  const started = await mine().sandboxes.startSandbox({ sandboxId });
  expect(started.sandbox).toMatchObject({ observed: ObservedState.RUNNING, wanted: WantedState.RUNNING });
  expect((await mine().sandboxes.startSandbox({ sandboxId })).sandbox?.revision).toBe(started.sandbox?.revision);
  expect(await run(sandboxId)).toBe('started exit');
  const { events } = await createClient(AuditService, mine().transport).listAuditEvents({
    filter: { target: sandboxId },
  });
  const changes = events.map(({ action }) => action).filter((action) => action.startsWith('sandbox.'));
  expect(changes).toEqual(['sandbox.start', 'sandbox.stop', 'sandbox.create']);
  await destroy(sandboxId);
});

test('a stopped sandbox holds its disk only, and starts again only where there is room', async () => {
  // The host has 16,384 MiB of memory.
  const stopped = await create({ limits: { memoryMib: 10_000 } });
  await mine().sandboxes.stopSandbox({ sandboxId: stopped });
  const other = await create({ limits: { memoryMib: 10_000 } });
  expect(await reasonOf(mine().sandboxes.startSandbox({ sandboxId: stopped }))).toBe(Reason.NO_HOST_FITS);
  await destroy(other);
  expect((await mine().sandboxes.startSandbox({ sandboxId: stopped })).sandbox?.stateLabel).toBe('Running');
  await destroy(stopped);
});

test('after a reboot of its host, what was to run is started again, and what was paused is stopped with the reason', async () => {
  const [running, paused, stopped] = [await create(), await create(), await create()];
  await mine().sandboxes.pauseSandbox({ sandboxId: paused });
  await mine().sandboxes.stopSandbox({ sandboxId: stopped });
  await fleet.hosts[0]!.reboot();
  await becomes(paused, {
    observed: ObservedState.STOPPED,
    wanted: WantedState.STOPPED,
    reason: 'The machine was restarted.',
  });
  await becomes(running, { observed: ObservedState.RUNNING, reason: 'Started.' });
  await becomes(stopped, { observed: ObservedState.STOPPED });
  const { events } = await mine().sandboxes.listSandboxEvents({ sandboxId: running });
  expect(events.map(({ reason }) => reason)).toContain('The machine was restarted.');
  expect((await mine().sandboxes.startSandbox({ sandboxId: paused })).sandbox?.stateLabel).toBe('Running');
  await Promise.all([running, paused, stopped].map(destroy));
});

test('an expired sandbox is destroyed, stopped or paused as it was asked for, and gets its time again when it goes on', async () => {
  const [gone, stopped, paused] = [
    await create(),
    await create({ onExpiry: ExpiryAction.STOP }),
    await create({ onExpiry: ExpiryAction.PAUSE, timeout: { seconds: 7200n } }),
  ];
  for (const id of [gone, stopped, paused]) await timeIsOver(id);
  await becomes(gone, { observed: ObservedState.DESTROYED });
  const reason = 'Its time was over.';
  await becomes(stopped, { observed: ObservedState.STOPPED, reason });
  await becomes(paused, { observed: ObservedState.PAUSED, reason });
  const { sandbox } = await mine().sandboxes.resumeSandbox({ sandboxId: paused });
  const leftMs = Number(sandbox!.expiresAt!.seconds) * 1000 - Date.now();
  expect(leftMs).toBeGreaterThan(7_000_000);
  expect((await mine().sandboxes.startSandbox({ sandboxId: stopped })).sandbox?.stateLabel).toBe('Running');
  expect(await run(paused)).toBe('started exit');
  await Promise.all([stopped, paused].map(destroy));
});

test('use resumes or starts a sandbox that asks for it, and renews it', async () => {
  const sandboxId = await create({ autoResume: true, autoRenew: { seconds: 7200n } });
  await mine().sandboxes.pauseSandbox({ sandboxId });
  // Whoever comes while another one wakes it is served as well.
  const five = () => Promise.all(Array.from({ length: 5 }, () => run(sandboxId)));
  expect(new Set(await five())).toEqual(new Set(['started exit']));
  await mine().sandboxes.stopSandbox({ sandboxId });
  expect(new Set(await five())).toEqual(new Set(['started exit']));
  await eventually(
    async () => Number((await read(sandboxId)).expiresAt!.seconds) * 1000 - Date.now(),
    (leftMs) => expect(leftMs).toBeGreaterThan(7_000_000),
    15_000,
  );
  await destroy(sandboxId);
});

test('only a team whose quota says so gets sandboxes without an end', async () => {
  const { clients, teamId } = fleet.plane.other;
  expect(await reasonOf(clients.sandboxes.createSandbox({ noExpiry: true }))).toBe(Reason.QUOTA_EXCEEDED);
  await mine().teams.setTeamQuota({ teamId, quota: { noExpiry: true } });
  const { sandbox } = await clients.sandboxes.createSandbox({ noExpiry: true });
  expect(sandbox?.expiresAt).toBeUndefined();
  await expect(clients.sandboxes.createSandbox({ noExpiry: true, timeout: { seconds: 60n } })).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
  await clients.sandboxes.destroySandbox({ sandboxId: sandbox!.id });
});
