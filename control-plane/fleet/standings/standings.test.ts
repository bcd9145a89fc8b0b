import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectEventually } from '../../testing/index.ts';
import { startFleetBench, type FleetBench } from '../testing/fleet.ts';
import { commit, createRepository } from '../testing/git-repository.ts';

let bench: FleetBench;
beforeAll(async () => void (bench = await startFleetBench()));
afterAll(() => bench?.stop());

const sql = () => bench.plane.services.pool;
const standings = async (clients = bench.plane.admin.clients) =>
  (await clients.fleet.listFleetStandings({})).standings.map((one) => `${one.currentHosts} of ${one.totalHosts}`);

test('how the fleet stood is written down, and everybody sees it of the machines that are theirs to see', async () => {
  const upstream = createRepository(join(bench.root, 'app'));
  const head = commit(upstream, 'Begin');
  await bench.plane.admin.clients.fleet.registerRepository({ name: 'app', url: upstream });
  const { admin, other } = bench.plane;
  const shared = await bench.addHost('shared');
  const own = await bench.addHost('own', { teamId: admin.teamId });
  await bench.report(shared, { runningSha: head });
  await bench.report(own, { runningSha: 'unknown' });
  await expectEventually(async () => (await admin.clients.fleet.getFleet({})).summary?.currentHosts, 1);
  bench.plane.replica.loops.wake('fleet.standings');
  await expectEventually(standings, ['1 of 2']);
  expect(await standings(other.clients)).toEqual(['1 of 1']);

  // An older moment stands before it; what is older than the span is not asked for.
  await sql()`
    insert into fleet_standings (at, team_id, hosts, current_hosts)
    values (now() - interval '2 days', null, 4, 3), (now() - interval '20 days', null, 9, 9)
  `;
  expect(await standings()).toEqual(['3 of 4', '1 of 2']);
});
