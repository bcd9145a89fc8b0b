import { useMemo } from 'react';
import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { FilterSelect } from '../parts/FilterSelect.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { groupingsOf } from './groups.ts';

/** How a list of hosts is looked at. */
interface HostsView {
  readonly group?: string | undefined;
  readonly q?: string | undefined;
}

/** Chooses by what hosts are grouped, and finds some of them. */
export function HostsViewFields({
  hosts,
  view,
  onChange,
}: {
  hosts: readonly FleetHost[];
  view: HostsView;
  onChange: (change: HostsView) => void;
}) {
  const groupings = useMemo(() => groupingsOf(hosts), [hosts]);
  return (
    <div className="flex flex-wrap items-center gap-2 md:flex-nowrap print:hidden">
      {hosts.length > 1 && (
        <FilterSelect
          label="Group hosts"
          all="Not grouped"
          options={groupings}
          value={view.group}
          onChoose={(group) => onChange({ group })}
        />
      )}
      <SearchField
        label="Find a host, commit or label"
        value={view.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
      />
    </div>
  );
}
