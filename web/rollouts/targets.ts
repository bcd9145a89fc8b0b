import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';

/** A component that hosts report, and on how many of them. */
export interface Target {
  readonly component: string;
  readonly hosts: number;
}

/** The components that are built from a repository, as the fleet reports them, by name. */
export function componentsOf(hosts: readonly FleetHost[], repository: string): readonly Target[] {
  const counts = new Map<string, number>();
  for (const host of hosts)
    for (const reported of host.components)
      if (reported.repository === repository) counts.set(reported.component, (counts.get(reported.component) ?? 0) + 1);
  return [...counts]
    .map(([component, count]) => ({ component, hosts: count }))
    .toSorted((one, other) => one.component.localeCompare(other.component));
}

/** The hosts that report one of these components, by name. */
export const hostsWith = (
  hosts: readonly FleetHost[],
  repository: string,
  components: readonly string[],
): readonly FleetHost[] =>
  hosts
    .filter((host) =>
      host.components.some((one) => one.repository === repository && components.includes(one.component)),
    )
    .toSorted((one, other) => one.hostName.localeCompare(other.hostName));
