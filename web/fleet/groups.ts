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
  const found = new Set<string>();
  for (const { labels } of hosts) for (const key of Object.keys(labels)) found.add(key);
  const keys = [...found].toSorted();
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

/** The groups as lines below each other: a heading where a group has a name, then its hosts. */
export interface Lines {
  readonly count: number;
  readonly groups: readonly HostGroup[];
  /** Undefined for a heading. */
  hostAt(index: number): FleetHost | undefined;
  keyAt(index: number): string;
  /** Which group a line belongs to. */
  groupAt(index: number): number;
  /** Which host of its group it is, from one on. */
  placeAt(index: number): number;
}

/** Nothing is made for each host: there may be very many. */
export function linesOf(groups: readonly HostGroup[]): Lines {
  const begins: number[] = [];
  let count = 0;
  for (const { name, hosts } of groups) {
    begins.push(count);
    count += hosts.length + headingsOf(name);
  }
  const groupAt = (index: number): number => {
    let [low, high] = [0, begins.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (begins[middle]! <= index) low = middle; // between the first and the last
      else high = middle - 1;
    }
    return low;
  };
  const placeAt = (index: number): number => {
    const at = groupAt(index);
    const group = groups[at];
    return group ? index - (begins[at] ?? 0) - headingsOf(group.name) + 1 : 0;
  };
  const hostAt = (index: number) => groups[groupAt(index)]?.hosts[placeAt(index) - 1];
  return {
    count,
    groups,
    groupAt,
    placeAt,
    hostAt,
    keyAt: (index) => hostAt(index)?.hostId ?? `group ${groups[groupAt(index)]?.name}`,
  };
}

const headingsOf = (name: string): number => (name === '' ? 0 : 1);

/** Lines that are drawn, with the group that they belong to. */
export function drawnByGroup<Line extends { readonly index: number }>(
  lines: Lines,
  drawn: readonly Line[],
): readonly { readonly group: HostGroup; readonly drawn: readonly Line[] }[] {
  return [...Map.groupBy(drawn, ({ index }) => lines.groupAt(index))].flatMap(([at, its]) => {
    const group = lines.groups[at];
    return group ? [{ group, drawn: its }] : [];
  });
}
