import { expect } from 'vitest';
import { HostStatus, type Host } from '#proto/muster/v1/host_pb.js';
import { startSimulatedHost, type SimulatedHost, type SimulatedHostOptions } from '../../../simulator/index.ts';
import { eventually, startTestControlPlane, type TestControlPlane, type TestOptions } from '../../testing/index.ts';

/** A real control plane with simulated hosts. */
export interface SimulatedFleet {
  readonly plane: TestControlPlane;
  readonly hosts: readonly SimulatedHost[];
  /** One more host, joined and connected: the platform's, or of the team that is named. */
  addHost(
    name: string,
    options?: Partial<SimulatedHostOptions> & { readonly labels?: Record<string, string>; readonly teamId?: string },
  ): Promise<SimulatedHost>;
  /** A host as its admin sees it. */
  read(host: SimulatedHost): Promise<Host>;
  stop(): Promise<void>;
}

/** Quick: what takes minutes in production takes fractions of a second here. */
const quick = {
  MUSTER_STARTUP_GRACE: '0s',
  MUSTER_SWEEP_INTERVAL: '100ms',
  MUSTER_UNREACHABLE_AFTER: '30s',
};

/** Starts a control plane and so many hosts. Stop it in `afterAll`. */
export async function startSimulatedFleet(count: number, options: TestOptions = {}): Promise<SimulatedFleet> {
  const plane = await startTestControlPlane({ ...options, env: { ...quick, ...options.env } });
  const hosts: SimulatedHost[] = [];
  const { clients } = plane.admin;
  const fleet: SimulatedFleet = {
    plane,
    hosts,
    async addHost(name, { labels = {}, teamId = '', ...more } = {}) {
      const { joinToken } = await clients.hosts.createHost({ name, labels, teamId });
      const { fingerprint } = plane.services.installation;
      const host = await startSimulatedHost({
        serverUrl: plane.url,
        joinToken: joinToken!.token,
        fingerprint,
        heartbeatEveryMs: 100,
        ...more,
      });
      hosts.push(host);
      await eventually(
        () => fleet.read(host),
        (seen) => expect(seen).toMatchObject({ status: HostStatus.ONLINE, connected: true }),
      );
      return host;
    },
    async read(host) {
      return (await clients.hosts.getHost({ hostId: host.id })).host!;
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      await plane.stop();
    },
  };
  try {
    for (let number = 1; number <= count; number += 1) await fleet.addHost(`host-${number}`);
    return fleet;
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}
