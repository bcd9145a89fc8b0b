import { expect, test } from 'vitest';
import { AssertVerdict, BuildSource, ComponentState, OnOffline } from '#proto/muster/v1/fleet_pb.js';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { startSimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import { expectEventually } from '../testing/index.ts';
import { ask, reasonOf } from './testing/assert.ts';

test('an agent that stops reporting while its connection stays up is stale, and fails the gate even where the offline are left out', async () => {
  const fleet = await startSimulatedFleet(0, { env: { MUSTER_STALE_AFTER: '2s' } });
  try {
    const { clients } = fleet.plane.admin;
    const runningSha = 'a'.repeat(40);
    await clients.fleet.registerRepository({ name: 'app', url: 'https://git.invalid/app.git', published: true });
    await clients.fleet.publishHead({ repository: 'app', sha: runningSha });
    const components = [{ component: 'app', repository: 'app', runningSha, buildSource: BuildSource.BAKED }];
    const host = await fleet.addHost('mute', { components });
    const state = async () => ComponentState[(await clients.fleet.getFleet({})).hosts[0]?.state ?? 0];
    const gate = () => ask(clients.fleet, { repository: 'app', onOffline: OnOffline.EXCLUDE }).result;
    await expectEventually(state, 'CURRENT');
    await expectEventually(async () => (await gate()).verdict, AssertVerdict.PASS);
    host.mute();
    await expectEventually(state, 'STALE');
    // Silent for so long that the host counts as unreachable, too: its connection is still there.
    await fleet.plane.services.pool`update hosts set status = 'unreachable' where id = ${host.id}`;
    expect(await fleet.read(host)).toMatchObject({ status: HostStatus.UNREACHABLE, connected: true });
    const failed = await gate();
    expect(failed.verdict).toBe(AssertVerdict.FAIL);
    expect(reasonOf(failed.hosts, 'mute')).toMatch(/^app: Nothing was heard of it since/);
    host.unmute();
    await expectEventually(state, 'CURRENT');
    await expectEventually(async () => (await gate()).verdict, AssertVerdict.PASS);
  } finally {
    await fleet.stop();
  }
});
