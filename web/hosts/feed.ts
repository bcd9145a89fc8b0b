import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { HostService, type Host, type WatchHostsResponse } from '#proto/muster/v1/host_pb.js';
import { withItem } from '../live/collection.ts';
import type { Feed, Followed } from '../live/follow.ts';
import { toMs } from '../live/server-time.ts';
import { useLive } from '../live/useLive.ts';

/** Made once: by localeCompare each comparison looks its rules up anew. */
const names = new Intl.Collator();

const byName = (a: Host, b: Host): number => names.compare(a.name, b.name);

/** What the hosts are after a message of their stream. */
export function reduceHosts(
  hosts: readonly Host[] | undefined,
  { event }: WatchHostsResponse,
): readonly Host[] | undefined {
  switch (event.case) {
    case 'snapshot':
      return [...event.value.hosts].sort(byName);
    case 'further':
      return hosts && [...hosts, ...event.value.hosts].sort(byName);
    case 'changed':
      return hosts && withItem(hosts, event.value, (host) => host.id, byName);
    case 'removedHostId':
      return hosts?.filter((host) => host.id !== event.value);
    default:
      return hosts;
  }
}

/** The first of them fill a screen; of thousands, the rest comes while one reads. */
const hostsPerMessage = 500;

const hostsFeed = (transport: Transport, hostId: string): Feed<WatchHostsResponse, readonly Host[]> => ({
  key: `hosts:${hostId}`,
  open: (signal) => createClient(HostService, transport).watchHosts({ hostId, hostsPerMessage }, { signal }),
  reduce: reduceHosts,
  serverTimeMs: ({ event }) => (event.case === 'keepAlive' ? toMs(event.value.at) : undefined),
});

/** The hosts, live; of one host only where its id is given. */
export const useHosts = (hostId = ''): Followed<readonly Host[]> => useLive(hostsFeed(useTransport(), hostId));
