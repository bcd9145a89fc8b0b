import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { UpdateState, type Rollout } from '#proto/muster/v1/rollout_pb.js';
import type { SimulatedHost } from '../../../simulator/index.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../../hosts/testing/simulated-fleet.ts';
import { expectEventually } from '../../testing/index.ts';

export const before = 'b'.repeat(40);
export const target = 'c'.repeat(40);

/** Simulated hosts that all run `web` of one commit, and a repository whose head is another. */
export interface RolloutBench {
  readonly fleet: SimulatedFleet;
  addHost(name: string, components?: readonly string[]): Promise<SimulatedHost>;
  /** `host-1 SUCCEEDED, host-2 QUEUED`. */
  read(id: string): Promise<Rollout>;
  stop(): Promise<void>;
}

export async function startRolloutBench(env: Readonly<Record<string, string>> = {}): Promise<RolloutBench> {
  const fleet = await startSimulatedFleet(0, { env });
  const { pool } = fleet.plane.services;
  // Nothing is fetched from there: the head is as it was seen once.
  await pool`insert into repositories (id, name, url) values ('repo0123456789abcdef', 'web', 'https://git.invalid/web.git')`;
  await pool`insert into repository_heads (repository_id, branch, sha, source) values ('repo0123456789abcdef', 'main', ${target}, 'published')`;
  return {
    fleet,
    async addHost(name, components = ['web']) {
      const host = await fleet.addHost(name, {
        components: components.map((component) => ({
          component,
          repository: 'web',
          runningSha: before,
          buildSource: BuildSource.BAKED,
        })),
      });
      // Connected is not reported: a rollout is about hosts that have said what they run.
      await expectEventually(
        async () => (await pool`select from component_reports where host_id = ${host.id}`).length,
        components.length,
      );
      return host;
    },
    async read(rolloutId) {
      return (await fleet.plane.admin.clients.rollouts.getRollout({ rolloutId })).rollout!; // it is there
    },
    stop: () => fleet.stop(),
  };
}

/** `host-1 SUCCEEDED, host-2 QUEUED`. */
export const lanes = ({ updates }: Rollout): string =>
  updates.map(({ hostName, state }) => `${hostName} ${UpdateState[state]}`).join(', ');
