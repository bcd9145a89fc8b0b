import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { HostService, type FleetCondition, type Host, type WatchHostsResponse } from '#proto/muster/v1/host_pb.js';
import { withItem } from '../live/collection.ts';
import type { Feed, Followed } from '../live/follow.ts';
import { toMs } from '../live/server-time.ts';
import { useLive } from '../live/useLive.ts';

const byName = (a: Host, b: Host): number => a.name.localeCompare(b.name);

/** What the hosts are after a message of their stream. */
export function reduceHosts(
  hosts: readonly Host[] | undefined,
  { event }: WatchHostsResponse,
): readonly Host[] | undefined {
  switch (event.case) {
    case 'snapshot':
      return [...event.value.hosts].sort(byName);
    case 'changed':
      return hosts && withItem(hosts, event.value, (host) => host.id, byName);
    case 'removedHostId':
      return hosts?.filter((host) => host.id !== event.value);
    default:
      return hosts;
  }
}

interface Hosts {
  readonly hosts: readonly Host[] | undefined;
  /** What concerns the whole fleet; each snapshot is followed by what there is of it. */
  readonly condition: FleetCondition | undefined;
}

/** The hosts with what concerns all of them, after a message of their stream. */
function reduceFleet(before: Hosts | undefined, response: WatchHostsResponse): Hosts {
  const { event } = response;
  const condition = event.case === 'condition' ? event.value : before?.condition;
  return {
    hosts: reduceHosts(before?.hosts, response),
    condition: event.case === 'snapshot' ? undefined : condition,
  };
}

const hostsFeed = (transport: Transport, hostId: string): Feed<WatchHostsResponse, Hosts> => ({
  key: `hosts:${hostId}`,
  open: (signal) => createClient(HostService, transport).watchHosts({ hostId }, { signal }),
  reduce: reduceFleet,
  serverTimeMs: ({ event }) => (event.case === 'keepAlive' ? toMs(event.value.at) : undefined),
});

/** The hosts, live; of one host only where its id is given. */
export function useHosts(hostId = ''): Followed<readonly Host[]> {
  const { state, ...followed } = useLive(hostsFeed(useTransport(), hostId));
  return { ...followed, state: state?.hosts };
}

/** What concerns the whole fleet, from the same stream. */
export const useFleetCondition = (hostId = ''): FleetCondition | undefined =>
  useLive(hostsFeed(useTransport(), hostId)).state?.condition;
