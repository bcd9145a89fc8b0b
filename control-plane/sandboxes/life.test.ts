import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ObservedState, WantedState } from '#proto/muster/v1/sandbox_pb.js';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import type { RunResponse } from '#proto/muster/v1/process_pb.js';

let fleet: SimulatedFleet;
beforeAll(async () => void (fleet = await startSimulatedFleet(2)));
afterAll(() => fleet?.stop());

const mine = () => fleet.plane.admin.clients;

async function run(sandboxId: string, argv: string[]): Promise<RunResponse['event'][]> {
  const events: RunResponse['event'][] = [];
  for await (const { event } of mine().processes.run({ sandboxId, argv })) events.push(event);
  return events;
}

test('the metrics count hosts, connections, sandboxes and placements', async () => {
  const { sandbox } = await mine().sandboxes.createSandbox({});
  const text = await fleet.plane.services.metrics.metrics();
  expect(text).toContain('muster_hosts{status="online"} 2');
  expect(text).toContain('muster_host_connections 2');
  expect(text).toContain('muster_sandboxes{state="running"} 1');
  expect(text).toMatch(/^muster_placements [1-9]/m);
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
