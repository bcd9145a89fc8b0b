import { Link } from '@tanstack/react-router';
import type { AuditEvent } from '#proto/muster/v1/audit_pb.js';
import { outcomeLooks } from '../audit/outcome-looks.ts';
import { subjectName } from '../audit/subject.ts';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const columns: readonly Column<AuditEvent>[] = [
  {
    key: 'action',
    header: 'Action',
    heading: true,
    cell: (event) => (
      <Link
        {...paths.auditEvent(event.target ? { target: event.target.id } : {}, event.id)}
        className={`${rowLinkClasses} font-mono text-code`}
      >
        {event.action}
      </Link>
    ),
  },
  {
    key: 'outcome',
    header: 'Outcome',
    heading: true,
    cell: ({ outcome }) => <StatusPill look={outcomeLooks[outcome]} />,
  },
  { key: 'who', header: 'Who', cell: ({ actor }) => actor && subjectName(actor) },
  { key: 'on', header: 'On', className: 'text-ink-muted', cell: ({ target }) => (target ? subjectName(target) : '–') },
  {
    key: 'when',
    header: 'When',
    align: 'end',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ at }) => <RelativeTime at={at} />,
  },
];

/** The last things that an identity did, or that were done with it. */
export const RecentEvents = ({ events }: { events: readonly AuditEvent[] }) => (
  <Table
    label="Audit"
    rows={events}
    columns={columns}
    rowKey={({ id }) => id}
    empty={<p className="text-table text-ink-faint">Nothing was written down about it yet.</p>}
  />
);
