import { useQuery } from '@connectrpc/connect-query';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { SelectField } from '../parts/SelectField.tsx';
import type { FieldBinding } from '../parts/useForm.ts';

/** Binds a key or identity to one host, or to none. Empty for none. */
export function HostChoice({ field }: { field: FieldBinding<string> }) {
  const { data } = useQuery(HostService.method.listHosts, { pageSize: 1000 }, { staleTime: 10_000 });
  const hosts = (data?.hosts ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <SelectField
      {...field}
      label="Host"
      help="Bound to a host, it sees and touches only what is there."
      choices={[{ value: '', label: 'Every host' }, ...hosts]}
    />
  );
}

/** What hosts are called, by their ids. */
export function useHostNames(): (hostId: string) => string {
  const { data } = useQuery(HostService.method.listHosts, { pageSize: 1000 }, { staleTime: 10_000 });
  return (hostId) => data?.hosts.find(({ id }) => id === hostId)?.name ?? hostId;
}
