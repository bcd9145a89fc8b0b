import { ComponentState, type FleetHost } from '#proto/muster/v1/fleet_pb.js';

/** A component that runs a commit. */
export interface Runner {
  readonly hostId: string;
  readonly hostName: string;
  readonly component: string;
}

/** Of which nothing is known now, or of which only the disk is. */
const untold: ReadonlySet<ComponentState> = new Set([ComponentState.STALE, ComponentState.PROBE_FAILED]);

/** Which components that are built from a repository run which of its commits now, by commit. */
export function whoRuns(hosts: readonly FleetHost[], repository: string): ReadonlyMap<string, readonly Runner[]> {
  const runners = new Map<string, Runner[]>();
  for (const { hostId, hostName, components } of hosts) {
    for (const { component, repository: from, state, running } of components) {
      if (from !== repository || running === undefined || untold.has(state)) continue;
      const its = runners.get(running.sha) ?? [];
      runners.set(running.sha, its);
      its.push({ hostId, hostName, component });
    }
  }
  return runners;
}
