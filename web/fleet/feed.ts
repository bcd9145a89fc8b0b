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
}

/** Made once: by localeCompare each comparison looks its rules up anew. */
const names = new Intl.Collator();

/** The states' numbers are their order: the worst is the smallest. */
const worstFirst = (a: FleetHost, b: FleetHost): number => a.state - b.state || names.compare(a.hostName, b.hostName);

/** What the fleet is after a message of its stream. */
export function reduceFleet(fleet: Fleet | undefined, { event }: WatchFleetResponse): Fleet | undefined {
  switch (event.case) {
    case 'snapshot':
      return { summary: event.value.summary, hosts: [...event.value.hosts].sort(worstFirst) };
    case 'change': {
      if (fleet === undefined) return undefined;
      const { hosts: changed, removedHostIds, summary } = event.value;
      const replaced = new Set([...removedHostIds, ...changed.map((host) => host.hostId)]);
      return {
        summary: summary ?? fleet.summary,
        hosts: [...fleet.hosts.filter((host) => !replaced.has(host.hostId)), ...changed].sort(worstFirst),
      };
    }
    default:
      return fleet;
  }
}

const serverTimeMs = ({ event }: WatchFleetResponse): number | undefined =>
  event.case === undefined ? undefined : toMs(event.value.at);

const fleetFeed = (transport: Transport): Feed<WatchFleetResponse, Fleet> => ({
  key: 'fleet',
  open: (signal) => createClient(FleetService, transport).watchFleet({}, { signal }),
  reduce: reduceFleet,
  serverTimeMs,
});

/** The whole fleet with its repositories, live. */
export const useFleet = (): Followed<Fleet> => useLive(fleetFeed(useTransport()));
