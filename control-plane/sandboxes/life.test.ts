import { readFileSync } from 'node:fs';
import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { ObservedState, WantedState } from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import type { RunResponse } from '#proto/muster/v1/process_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { codeOf, eventually } from '../testing/index.ts';
import { forgetEnded } from './forget.ts';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(2)));
afterAll(() => fleet?.stop());

const mine = () => fleet.plane.admin.clients;

async function run(sandboxId: string, argv: string[]): Promise<RunResponse['event'][]> {
  const events: RunResponse['event'][] = [];
  for await (const { event } of mine().processes.run({ sandboxId, argv })) events.push(event);
  return events;
}

test('the metrics count hosts, connections, sandboxes and placements, and what is done for hosts', async () => {
  await fleet.hosts[0]!.refresh();
  await fleet.hosts[0]!.beat();
  const { sandbox } = await mine().sandboxes.createSandbox({});
  const text = await eventually(
    () => fleet.plane.services.metrics.metrics(),
    (read) => expect(read).toMatch(/^muster_reconcile_runs_total\{outcome="settled"\} [1-9]/m),
  );
  expect(text).toContain('muster_hosts{status="online"} 2');
  expect(text).toContain('muster_host_connections 2');
  expect(text).toContain('muster_sandboxes{state="running"} 1');
  expect(text).toMatch(/^muster_placements [1-9]/m);
  expect(text).toContain('muster_hosts_set_apart{why="cordoned"} 0');
  expect(text).toMatch(/^muster_heartbeats_total [1-9]/m);
  expect(text).toMatch(/^muster_heartbeat_batches_total\{outcome="written"\} [1-9]/m);
  expect(text).toMatch(/^muster_credential_rotations_total [1-9]/m);
  expect(text).toMatch(/^muster_reconcile_hosts\{state="waiting"\} \d/m);
  expect(text).toMatch(/^muster_loop_runs_total\{loop="hosts.liveness"\} [1-9]/m);
  expect(text).toContain('muster_loop_ours{loop="hosts.liveness"} 1');
  expect(text).toContain('muster_loop_failing{loop="hosts.liveness"} 0');
  const manual = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  for (const [, name] of text.matchAll(/^# HELP (muster_\w+)/gm)) expect(manual).toContain(`\`${name}\``);
  await mine().sandboxes.destroySandbox({ sandboxId: sandbox!.id });
});

test('a sandbox is created, runs a command, is paused, resumed and destroyed', async () => {
  const { sandbox } = await mine().sandboxes.createSandbox({ metadata: { purpose: 'test' } });
  expect(sandbox).toMatchObject({
    observed: ObservedState.RUNNING,
    wanted: WantedState.RUNNING,
    template: 'base',
    createdBy: 'Ada',
    stateLabel: 'Running',
  });
  expect(sandbox?.limits).toMatchObject({ cpu: 1, memoryMib: 512, diskMib: 2048, pids: 1024 });
  const sandboxId = sandbox!.id;

  const events = await run(sandboxId, ['echo', 'hello']);
  expect(events.map(({ case: kind }) => kind)).toEqual(['started', 'stdout', 'exit']);
  expect(events[0]?.value).toMatchObject({ hostId: sandbox?.hostId });

  const paused = await mine().sandboxes.pauseSandbox({ sandboxId });
  expect(paused.sandbox).toMatchObject({ observed: ObservedState.PAUSED, stateLabel: 'Paused' });
  await expect(run(sandboxId, ['true'])).rejects.toMatchObject({ code: Code.FailedPrecondition });
  expect((await mine().sandboxes.pauseSandbox({ sandboxId })).sandbox?.revision).toBe(paused.sandbox?.revision);

  expect((await mine().sandboxes.resumeSandbox({ sandboxId })).sandbox).toMatchObject({
    observed: ObservedState.RUNNING,
  });
  const destroyed = await mine().sandboxes.destroySandbox({ sandboxId });
  expect(destroyed.sandbox).toMatchObject({ observed: ObservedState.DESTROYED, stateLabel: 'Destroyed' });
  expect(fleet.hosts.flatMap((host) => host.sandboxes)).toEqual([]);
  const { events: history } = await mine().sandboxes.listSandboxEvents({ sandboxId });
  expect(history.map(({ observed }) => ObservedState[observed])).toEqual([
    'DESTROYED',
    'RUNNING',
    'RUNNING',
    'PAUSED',
    'PAUSED',
    'RUNNING',
    'RUNNING',
    'PENDING',
  ]);
});

test('what has ended keeps its record for 30 days, without its environment; what was made from it stays', async () => {
  const { sql } = fleet.plane.context;
  const snapshots = createClient(SnapshotService, mine().transport);
  const create = async () => (await mine().sandboxes.createSandbox({ env: { TOKEN: 'a secret' } })).sandbox!;
  const [old, recent, failed] = [await create(), await create(), await create()];
  const { snapshot } = await snapshots.createSnapshot({ sandboxId: old.id });
  for (const { id } of [old, recent]) await mine().sandboxes.destroySandbox({ sandboxId: id });
  fleet.hosts.find(({ id }) => id === failed.hostId)!.failSandbox(failed.id);
  const failure = await eventually(
    async () => (await mine().sandboxes.getSandbox({ sandboxId: failed.id })).sandbox!,
    ({ observed }) => expect(observed).toBe(ObservedState.FAILED),
  );
  expect(failure.reason).not.toBe('');
  const ids = [old.id, recent.id, failed.id];
  const environments = await sql<{ env: object }[]>`select env from sandboxes where id = any(${ids}::text[])`;
  expect(environments.map(({ env }) => env)).toEqual([{}, {}, {}]);

  const endedDaysAgo = (id: string, days: number) =>
    sql`update sandboxes set ended_at = now() - ${days} * interval '1 day' where id = ${id}`;
  await endedDaysAgo(old.id, 30.1);
  await endedDaysAgo(recent.id, 29.9);
  expect(await forgetEnded(fleet.plane.context)).toEqual({ forgotten: 1 });
  expect(await codeOf(mine().sandboxes.getSandbox({ sandboxId: old.id }))).toBe(Code.NotFound);
  expect(await mine().sandboxes.getSandbox({ sandboxId: recent.id })).toBeDefined();
  expect(await sql`select from sandbox_events where sandbox_id = ${old.id}`).toHaveLength(0);
  expect(await sql`select from sandbox_attempts where sandbox_id = ${old.id}`).toHaveLength(0);
  const fromIt = await mine().sandboxes.createSandbox({ template: snapshot!.id });
  expect(fromIt.sandbox?.stateLabel).toBe('Running');
  await mine().sandboxes.destroySandbox({ sandboxId: fromIt.sandbox!.id });
  await snapshots.deleteSnapshot({ snapshotId: snapshot!.id });
  const { events } = await createClient(AuditService, mine().transport).listAuditEvents({ filter: { target: old.id } });
  expect(events.map(({ action }) => action)).toEqual(expect.arrayContaining(['sandbox.destroy', 'sandbox.create']));
});
