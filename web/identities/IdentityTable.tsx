import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Identity } from '#proto/muster/v1/identity_pb.js';
import { Ends } from '../credentials/Ends.tsx';
import { keyRoleTitles } from '../credentials/roles.ts';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { IdentityActions } from './IdentityActions.tsx';
import { Scopes } from './Scopes.tsx';
import { environmentTitles, identityLook } from './words.ts';

const columns: readonly Column<Identity>[] = [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (identity) => (
      <Link {...paths.identity(identity.id)} className={`${rowLinkClasses} wrap-anywhere`}>
        {identity.name}
      </Link>
    ),
  },
  {
    key: 'state',
    header: 'State',
    heading: true,
    cell: (identity) => <StatusPill look={identityLook(identity)} />,
  },
  { key: 'environment', header: 'Environment', cell: ({ environment }) => environmentTitles[environment] },
  { key: 'role', header: 'Role', className: 'whitespace-nowrap', cell: ({ role }) => keyRoleTitles[role] },
  { key: 'scopes', header: 'Scopes', className: '@table:max-w-64', cell: ({ scopes }) => <Scopes scopes={scopes} /> },
  { key: 'by', header: 'By the rights of', className: 'text-ink-muted', cell: ({ makerName }) => makerName },
  {
    key: 'ends',
    header: 'Ends',
    className: 'whitespace-nowrap',
    cell: ({ expiresAt }) =>
      expiresAt ? <Ends at={expiresAt} /> : <span className="text-ink-faint">no credential works</span>,
  },
  {
    key: 'used',
    header: 'Last used',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ lastUsedAt }) => (lastUsedAt ? <RelativeTime at={lastUsedAt} /> : 'never'),
  },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (identity) => <IdentityActions identity={identity} />,
  },
];

/** The machine identities of a team. */
export const IdentityTable = ({ identities, empty }: { identities: readonly Identity[]; empty: ReactNode }) => (
  <Table label="Identities" rows={identities} columns={columns} rowKey={({ id }) => id} empty={empty} />
);
