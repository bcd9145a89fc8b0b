import { useQuery } from '@connectrpc/connect-query';
import { HostService } from '#proto/muster/v1/host_pb.js';
import type { Choice } from '../parts/SelectField.tsx';

/** All machines, or one of them. Empty for all. */
export function useHostChoices(): readonly Choice<string>[] {
  const { data } = useQuery(HostService.method.listHosts, { pageSize: 1000 }, { staleTime: 10_000 });
  const hosts = (data?.hosts ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return [{ value: '', label: 'All, those that join later, too' }, ...hosts];
}
