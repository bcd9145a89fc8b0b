import type { ComponentState, FleetHost } from '#proto/muster/v1/fleet_pb.js';

/** How one component stands on all of its hosts. */
export interface ComponentStanding {
  readonly component: string;
  readonly hosts: number;
  /** Worst first. */
  readonly states: readonly { readonly state: ComponentState; readonly hosts: number }[];
}

/** The components that are built from a repository, by name. */
export function componentsOf(hosts: readonly FleetHost[], repository: string): readonly ComponentStanding[] {
  const counts = new Map<string, Map<ComponentState, number>>();
  for (const { components } of hosts) {
    for (const { component, repository: from, state } of components) {
      if (from !== repository) continue;
      const its = counts.get(component) ?? new Map<ComponentState, number>();
      counts.set(component, its.set(state, (its.get(state) ?? 0) + 1));
    }
  }
  return [...counts]
    .map(([component, its]) => ({
      component,
      hosts: [...its.values()].reduce((sum, count) => sum + count, 0),
      // The states' numbers are their order: the worst is the smallest.
      states: [...its]
        .map(([state, count]) => ({ state, hosts: count }))
        .toSorted((one, other) => one.state - other.state),
    }))
    .toSorted((one, other) => one.component.localeCompare(other.component));
}
