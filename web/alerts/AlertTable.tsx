import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Alert } from '#proto/muster/v1/alert_pb.js';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { Lasting, RelativeTime } from '../time/RelativeTime.tsx';
import type { AlertSearch } from './filter.ts';
import { alertLooks } from './states.ts';
import { KindWord } from './KindWord.tsx';

interface AlertTableProps {
  readonly alerts: readonly Alert[];
  /** Of the page, which the link to an alert keeps. */
  readonly search: AlertSearch;
  readonly empty: ReactNode;
}

/** Alerts, each in its own sentence. */
export const AlertTable = ({ alerts, search, empty }: AlertTableProps) => (
  <Table label="Alerts" rows={alerts} columns={columns(search)} rowKey={({ id }) => id} empty={empty} />
);

const columns = (search: AlertSearch): readonly Column<Alert>[] => [
  {
    key: 'what',
    header: 'What',
    heading: true,
    className: 'w-[48%]',
    cell: (alert) => (
      <Link {...paths.alert(search, alert.id)} replace className={`${rowLinkClasses} wrap-anywhere`}>
        {alert.sentence || `${alert.ruleName}: it has just begun.`}
      </Link>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={alertLooks[state]} /> },
  { key: 'kind', header: 'Kind', className: 'whitespace-nowrap', cell: ({ kind }) => <KindWord kind={kind} /> },
  {
    key: 'began',
    header: 'Began',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ startedAt }) => <RelativeTime at={startedAt} />,
  },
  {
    key: 'over',
    header: 'Over',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ resolvedAt, startedAt }) =>
      resolvedAt ? <RelativeTime at={resolvedAt} /> : startedAt ? <Lasts since={startedAt} /> : null,
  },
];

const Lasts = ({ since }: { since: NonNullable<Alert['startedAt']> }) => (
  <span>
    lasts <Lasting since={since} />
  </span>
);
