import { join } from 'node:path';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, expectEventually } from '../testing/index.ts';
import { startFleetBench, stateLine, type FleetBench } from './testing/fleet.ts';
import { whileFollowing } from './testing/following.ts';
import { commit, createRepository } from './testing/git-repository.ts';

const staleAfterMs = 1_500;
let bench: FleetBench;
let sha = '';
const fleet = () => bench.plane.admin.clients.fleet;

beforeAll(async () => {
  bench = await startFleetBench({ MUSTER_STALE_AFTER: `${staleAfterMs}ms` });
  const upstream = createRepository(join(bench.root, 'app'));
  sha = commit(upstream, 'Begin');
  await fleet().registerRepository({ name: 'app', url: upstream });
  await expectEventually(async () => (await fleet().listRepositories({})).repositories[0]?.head?.sha, sha);
});
afterAll(() => bench.stop());

test('a host that falls silent turns stale by time alone, and not before', async () => {
  const host = await bench.addHost('silent');
  await whileFollowing(fleet(), async (page) => {
    const began = performance.now();
    await bench.report(host, { runningSha: sha });
    await expectEventually(() => stateLine(page.hosts.get(host)), 'silent: app STALE');
    expect(performance.now() - began).toBeGreaterThan(staleAfterMs - 100);
    expect(page.sentence).toBe('The one machine is not known to run main; it is silent');
  });
});

test('as long as reports come, watchers are told of newer ones though nothing else changed', async () => {
  const host = await bench.addHost('steady');
  await bench.report(host, { runningSha: sha });
  await whileFollowing(fleet(), async (page) => {
    const told = () => page.hosts.get(host)?.components[0]?.reportedAt;
    const first = told();
    await eventually(
      async () => {
        await bench.report(host, { runningSha: sha });
        return told();
      },
      (latest) => expect(latest).not.toEqual(first),
    );
  });
});

test('a clock that jumps, forward or back, makes no report fresher than it is', async () => {
  const host = await bench.addHost('jumpy');
  const line = async () => {
    const { hosts } = await fleet().getFleet({});
    return stateLine(hosts.find(({ hostId }) => hostId === host));
  };
  const year2100 = timestampFromDate(new Date('2100-01-01'));
  await bench.report(host, { runningSha: sha, builtAt: year2100, startedAt: year2100, age: { seconds: -86_400n } });
  const [row] = await bench.plane.services.pool<{ past: boolean }[]>`
    select reported_at <= clock_timestamp() as past from component_reports where host_id = ${host}
  `;
  expect(row).toEqual({ past: true });
  await expectEventually(line, 'jumpy: app STALE');
  await bench.report(host, { runningSha: sha, age: { seconds: 86_400n } });
  expect(await line()).toBe('jumpy: app STALE');
});
