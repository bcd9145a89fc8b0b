import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { FleetService, type FleetHost, type FleetSummary, type WatchFleetResponse } from '#proto/muster/v1/fleet_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { toMs } from '../live/server-time.ts';
import { useLive } from '../live/useLive.ts';

/** The fleet as the page shows it. */
export interface Fleet {
  readonly summary: FleetSummary | undefined;
  /** Worst first, then by name. */
  readonly hosts: readonly FleetHost[];
  /** To go on from here with another stream. Empty where not everything of this moment has come. */
  readonly resumeToken: string;
}

/** Made once: by localeCompare each comparison looks its rules up anew. */
const names = new Intl.Collator();

/** The states' numbers are their order: the worst is the smallest. */
const worstFirst = (a: FleetHost, b: FleetHost): number => a.state - b.state || names.compare(a.hostName, b.hostName);

/** Puts hosts that have changed in their places. The list is in order, so that it is not sorted anew. */
function withHosts(
  hosts: readonly FleetHost[],
  changed: readonly FleetHost[],
  removedIds: readonly string[],
): readonly FleetHost[] {
  const replaced = new Set([...removedIds, ...changed.map(({ hostId }) => hostId)]);
  const next = changed.toSorted(worstFirst);
  const merged: FleetHost[] = [];
  let at = 0;
  for (const host of hosts) {
    if (replaced.has(host.hostId)) continue;
    while (next[at] && worstFirst(next[at]!, host) < 0) merged.push(next[at++]!); // both were looked at in the condition
    merged.push(host);
  }
  return [...merged, ...next.slice(at)];
}

/** What the fleet is after a message of its stream. */
export function reduceFleet(fleet: Fleet | undefined, { event, resumeToken }: WatchFleetResponse): Fleet | undefined {
  switch (event.case) {
    case 'snapshot':
      return { summary: event.value.summary, hosts: [...event.value.hosts].sort(worstFirst), resumeToken };
    case 'change': {
      if (fleet === undefined) return undefined;
      const { hosts: changed, removedHostIds, summary } = event.value;
      return {
        summary: summary ?? fleet.summary,
        hosts: withHosts(fleet.hosts, changed, removedHostIds),
        resumeToken: resumeToken || fleet.resumeToken,
      };
    }
    default:
      return fleet;
  }
}

/** The first of them fill a screen; of a large fleet, the rest comes while one reads. */
const hostsPerMessage = 100;

/** How many hosts are still on their way. */
export const hostsToCome = ({ summary, hosts }: Fleet): number =>
  Math.max(0, (summary?.totalHosts ?? 0) - hosts.length);

const serverTimeMs = ({ event }: WatchFleetResponse): number | undefined =>
  event.case === undefined ? undefined : toMs(event.value.at);

/** A part of the fleet; all of it where nothing is said. */
export interface FleetPart {
  readonly hostId?: string;
  readonly repository?: string;
  readonly component?: string;
}

const fleetFeed = (transport: Transport, { hostId = '', repository = '', component = '' }: FleetPart) =>
  ({
    key: `fleet ${hostId} ${repository} ${component}`,
    open: (signal, before) => {
      const request = { hostsPerMessage, hostId, repository, component, resumeToken: before?.resumeToken ?? '' };
      return createClient(FleetService, transport).watchFleet(request, { signal });
    },
    resumes: true,
    reduce: reduceFleet,
    serverTimeMs,
  }) satisfies Feed<WatchFleetResponse, Fleet>;

/** The fleet with its repositories, live; or a part of it alone. */
export const useFleet = (part: FleetPart = {}): Followed<Fleet> => useLive(fleetFeed(useTransport(), part));
