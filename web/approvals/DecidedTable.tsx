import type { Approval } from '#proto/muster/v1/identity_pb.js';
import { StatusPill } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { approvalLooks, askedFor } from './words.ts';

const columns: readonly Column<Approval>[] = [
  {
    key: 'what',
    header: 'What',
    heading: true,
    className: 'font-medium wrap-anywhere',
    cell: (approval) => askedFor(approval),
  },
  {
    key: 'state',
    header: 'State',
    heading: true,
    cell: ({ state }) => <StatusPill look={approvalLooks[state]} />,
  },
  { key: 'team', header: 'Team', className: 'text-ink-muted', cell: ({ teamName }) => teamName },
  { key: 'by', header: 'Asked by', className: 'text-ink-muted', cell: ({ requestedByName }) => requestedByName },
  {
    key: 'asked',
    header: 'Asked',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ requestedAt }) => <RelativeTime at={requestedAt} />,
  },
  {
    key: 'decided',
    header: 'Decided by',
    className: 'text-ink-muted',
    cell: ({ decidedByName }) => decidedByName || 'nobody',
  },
];

/** Requests that nobody has to decide any more. */
export const DecidedTable = ({ approvals }: { approvals: readonly Approval[] }) => (
  <Table
    label="Decided requests"
    rows={approvals}
    columns={columns}
    rowKey={({ id }) => id}
    empty={<p className="text-table text-ink-faint">Nothing was decided yet.</p>}
  />
);
