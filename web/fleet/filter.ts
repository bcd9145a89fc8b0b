import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';
import { componentStateWords } from './component-states.ts';

/** What the address of the fleet page says. */
export interface FleetFilter {
  readonly state?: string | undefined;
  readonly repository?: string | undefined;
  readonly q?: string | undefined;
  /** By what the hosts are grouped. */
  readonly group?: string | undefined;
}

export const parseFleetFilter = (raw: RawSearch): FleetFilter => ({
  state: searchWord(raw, 'state', Object.keys(componentStateWords)),
  repository: searchText(raw, 'repository'),
  q: searchText(raw, 'q'),
  group: searchText(raw, 'group'),
});

/** What the address of a component's page says. */
export interface ComponentFilter extends FleetFilter {
  /** The commit that runs. */
  readonly commit?: string | undefined;
}

export const parseComponentFilter = (raw: RawSearch): ComponentFilter => ({
  ...parseFleetFilter(raw),
  repository: undefined,
  commit: searchText(raw, 'commit'),
});

/** The hosts that pass, each with the components that pass. The text is looked for in names, labels and commits. */
export function filterFleet(hosts: readonly FleetHost[], { state, repository, q }: FleetFilter): readonly FleetHost[] {
  const wanted = q?.toLowerCase();
  return hosts
    .filter((host) => state === undefined || host.state === componentStateWords[state])
    .map((host) =>
      repository === undefined
        ? host
        : { ...host, components: host.components.filter((component) => component.repository === repository) },
    )
    .filter((host) => repository === undefined || host.components.length > 0)
    .filter((host) => wanted === undefined || wordsOf(host).some((word) => word.toLowerCase().includes(wanted)));
}

const wordsOf = (host: FleetHost): string[] => [
  host.hostName,
  ...Object.entries(host.labels).map(([key, value]) => `${key}=${value}`),
  ...host.components.flatMap(({ component, repository, running }) => [
    component,
    repository,
    running?.sha ?? '',
    running?.subject ?? '',
  ]),
];
