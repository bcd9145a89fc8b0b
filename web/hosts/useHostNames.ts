import { useQuery } from '@connectrpc/connect-query';
import { HostService } from '#proto/muster/v1/host_pb.js';

/** Names of hosts by their ids; the id itself where the host is not to be seen. */
export function useHostNames(): (hostId: string) => string {
  const hosts = useQuery(HostService.method.listHosts, { pageSize: 1000 }, { staleTime: 10_000 });
  const names = new Map(hosts.data?.hosts.map(({ id, name }) => [id, name]));
  return (hostId) => names.get(hostId) ?? hostId;
}
