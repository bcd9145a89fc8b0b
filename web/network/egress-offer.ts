import { useQuery } from '@connectrpc/connect-query';
import { HostService, HostStatus, type Host } from '#proto/muster/v1/host_pb.js';

/** Why none of these hosts gives its sandboxes a network; undefined where one does, or nobody knows. */
export function egressProblemOf(hosts: readonly Host[]): string | undefined {
  const online = hosts.filter(({ status, specs }) => status === HostStatus.ONLINE && specs !== undefined);
  if (online.some(({ specs }) => specs?.egress)) return undefined;
  const told = online.find(({ specs }) => specs?.egressProblem);
  if (!told) return undefined;
  const { name, specs } = told;
  return `No host that is online offers a network now. ${name}: ${specs?.egressProblem}`;
}

/** The same for the hosts that the caller sees, or for one of them. */
export function useEgressProblem(hostId = ''): string | undefined {
  const all = useQuery(HostService.method.listHosts, { pageSize: 1000 }, { enabled: hostId === '', staleTime: 10_000 });
  const one = useQuery(HostService.method.getHost, { hostId }, { enabled: hostId !== '', staleTime: 10_000 });
  if (hostId !== '') return one.data?.host?.specs?.egressProblem || undefined;
  // Of more than can be asked at once, one will do it.
  return all.data && all.data.nextPageToken === '' ? egressProblemOf(all.data.hosts) : undefined;
}
