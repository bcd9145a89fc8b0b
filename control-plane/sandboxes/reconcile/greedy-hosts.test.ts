import { afterAll, beforeAll, expect, test } from 'vitest';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { newId } from '../../database/index.ts';
import { recordUnknownSandboxes } from '../../hosts/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../../hosts/testing/simulated-fleet.ts';
import { eventually, expectEventually } from '../../testing/index.ts';
import type { SimulatedHost } from '../../../simulator/index.ts';

let fleet: SimulatedFleet;
/** The platform's, and well. */
let well: SimulatedHost;
/** A team's own. */
let theirs: SimulatedHost[];
const greedy = () => theirs[0]!;
const hosts = () => fleet.plane.admin.clients.hosts;

beforeAll(async () => {
  fleet = await startSimulatedFleet(1, { env: { MUSTER_UNREACHABLE_AFTER: '10m' } });
  well = fleet.hosts[0]!; // just started
  const { teamId } = fleet.plane.other;
  await fleet.plane.admin.clients.teams.setTeamOwnHosts({ teamId, ownHosts: true });
  const add = (_: unknown, number: number) =>
    fleet.addHost(`theirs-${number}`, { teamId, heartbeatEveryMs: number === 0 ? 3_600_000 : undefined });
  theirs = await Promise.all(Array.from({ length: 10 }, add));
});
afterAll(() => fleet?.stop());

const settles = async (host: SimulatedHost) => {
  const unknown = newId('sbx');
  host.addUnknownSandbox(unknown);
  await expectEventually(
    () => host.sandboxes.find(({ sandboxId }) => sandboxId === unknown)?.state,
    ObservedState.PAUSED,
  );
  host.forgetSandbox(unknown);
};
const listed = async (host: SimulatedHost) => {
  const { sandboxes, notListed } = await hosts().listUnknownSandboxes({ hostId: host.id, pageSize: 1000 });
  return { listed: sandboxes.length, notListed };
};
const reconciledAt = async (host: SimulatedHost) => (await fleet.read(host)).lastReconciledAt;

test("a team's hosts that never answer keep nobody else's from being reconciled", async () => {
  for (const host of theirs) {
    host.answerAfter(3_600_000);
    host.addUnknownSandbox(newId('sbx'));
    if (host !== greedy()) await host.beat();
  }
  await settles(well);
  const seen = await reconciledAt(well);
  await settles(well);
  // What was done on the host is written down after it.
  await expect.poll(() => reconciledAt(well)).not.toEqual(seen);
  for (const host of theirs) {
    host.answerAfter(0);
    host.dropConnection();
  }
});

test('of an inventory with a hundred thousand sandboxes that nobody knows a part is worked through and listed, in one sentence', async () => {
  for (let number = 0; number < 100_000; number += 1)
    greedy().addUnknownSandbox(`sbx${number.toString().padStart(16, '0')}`);
  greedy().addUnknownSandbox('no id\0 of ours');
  await greedy().beat();
  await eventually(
    () => fleet.read(greedy()),
    ({ lastReconcile }) =>
      expect(lastReconcile).toMatch(
        /^Compared 0 sandboxes: 500 unknown and frozen\. 4500 sandboxes more follow in the next run\. The host names 9500\d more that nobody knows/,
      ),
    150_000,
  );
  expect(await listed(greedy())).toEqual({ listed: 1000, notListed: 99_002 });
  await settles(well);

  // Now it is left aside for a minute: the tests look themselves.
  const { sql } = fleet.plane.context;
  for (const run of ['a', 'b', 'c']) {
    const fresh = Array.from({ length: 2000 }, (_, index) => ({
      sandboxId: `sbx${run}${index}`,
      attempt: 1,
      note: '',
    }));
    await recordUnknownSandboxes(sql, greedy().id, fresh, 7);
    expect(await listed(greedy())).toEqual({ listed: 1000, notListed: 1007 });
  }
  await recordUnknownSandboxes(sql, greedy().id, [], 0);
  expect(await listed(greedy())).toEqual({ listed: 0, notListed: 0 });
  expect(await sql`select from unknown_sandboxes where host_id = ${greedy().id}`).toHaveLength(100);
});
