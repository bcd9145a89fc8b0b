import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { componentStateLooks } from './component-states.ts';

/** Hosts that have something in common. */
export interface HostGroup {
  /** What they have in common; empty where they are all in one. */
  readonly name: string;
  readonly hosts: readonly FleetHost[];
}

const labelPrefix = 'label:';

/** By what the hosts can be grouped, with the words for it. */
export function groupingsOf(hosts: readonly FleetHost[]): readonly { readonly value: string; readonly word: string }[] {
  const keys = [...new Set(hosts.flatMap(({ labels }) => Object.keys(labels)))].toSorted();
  return [
    { value: 'state', word: 'By state' },
    ...(hosts.some(({ teamName }) => teamName !== '') ? [{ value: 'team', word: 'By team' }] : []),
    ...keys.map((key) => ({ value: `${labelPrefix}${key}`, word: `By ${key}` })),
  ];
}

/** The hosts in their groups, each in the order of its first host; all in one where nothing is said. */
export function groupHosts(hosts: readonly FleetHost[], by: string | undefined): readonly HostGroup[] {
  if (by === undefined) return [{ name: '', hosts }];
  return [...Map.groupBy(hosts, (host) => nameOf(host, by))].map(([name, its]) => ({ name, hosts: its }));
}

function nameOf(host: FleetHost, by: string): string {
  if (by === 'state') return componentStateLooks[host.state].word;
  if (by === 'team') return host.teamName === '' ? 'The installation’s own' : host.teamName;
  const key = by.startsWith(labelPrefix) ? by.slice(labelPrefix.length) : by;
  const value = host.labels[key];
  return value === undefined ? `Without ${key}` : `${key}=${value}`;
}

/** The first so many hosts, in their groups. */
export function firstHosts(groups: readonly HostGroup[], count: number): readonly HostGroup[] {
  let left = count;
  return groups.flatMap(({ name, hosts }) => {
    const shown = hosts.slice(0, Math.max(0, left));
    left -= shown.length;
    return shown.length > 0 ? [{ name, hosts: shown }] : [];
  });
}
