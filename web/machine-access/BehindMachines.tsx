import { Link } from '@tanstack/react-router';
import type { HostAccess } from '#proto/muster/v1/machine_access_pb.js';
import { Section } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { accessLooks } from './looks.ts';

const columns: readonly Column<HostAccess>[] = [
  {
    key: 'name',
    header: 'Machine',
    heading: true,
    cell: ({ hostId, hostName }) => (
      <Link {...paths.host(hostId)} className={rowLinkClasses}>
        {hostName}
      </Link>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={accessLooks[state]} /> },
  { key: 'why', header: 'Why', className: '@table:w-3/5 text-pretty', cell: ({ problem }) => problem },
];

/** Machines that have not applied what is wanted of them. Nothing where all have. */
export function BehindMachines({ machines }: { machines: readonly HostAccess[] }) {
  if (machines.length === 0) return null;
  return (
    <Section title="Not applied yet">
      <Table
        label="Machines that are behind"
        rows={machines}
        columns={columns}
        rowKey={({ hostId }) => hostId}
        empty={null}
      />
    </Section>
  );
}
