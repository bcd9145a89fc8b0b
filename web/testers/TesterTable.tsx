import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Tester } from '#proto/muster/v1/tester_pb.js';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { testerLooks } from './looks.ts';
import { testerSentence } from './sentence.ts';

const columns: readonly Column<Tester>[] = [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    className: 'wrap-anywhere',
    cell: ({ id, name }) => (
      <Link {...paths.tester(id)} className={rowLinkClasses}>
        {name}
      </Link>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={testerLooks[state]} /> },
  { key: 'email', header: 'Email', className: 'text-ink-muted wrap-anywhere', cell: ({ email }) => email },
  {
    key: 'stands',
    header: 'How it stands',
    className: '@table:w-2/5 text-pretty',
    cell: (tester) => testerSentence(tester),
  },
  {
    key: 'machine',
    header: 'Machine',
    className: 'text-ink-muted',
    cell: ({ hostName }) => hostName || <span className="text-ink-faint">shared</span>,
  },
  {
    key: 'seen',
    header: 'Last seen',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ lastSeenAt }) => <RelativeTime at={lastSeenAt} />,
  },
];

export const TesterTable = ({ testers, empty }: { testers: readonly Tester[]; empty: ReactNode }) => (
  <Table label="Testers" rows={testers} columns={columns} rowKey={({ id }) => id} empty={empty} />
);
