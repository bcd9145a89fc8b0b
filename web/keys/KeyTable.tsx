import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { Ends } from '../credentials/Ends.tsx';
import { LastUse } from '../credentials/LastUse.tsx';
import { keyRoleTitles } from '../credentials/roles.ts';
import { CopyText } from '../parts/Copy.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import type { KeySearch } from './filter.ts';
import { KeyActions } from './KeyActions.tsx';
import { Provenance } from './Provenance.tsx';
import { keyStateOf, keyStates } from './states.ts';

interface KeyTableProps {
  readonly keys: readonly ApiKey[];
  readonly nowMs: number;
  /** Of the page, which the link to a key keeps. */
  readonly search: KeySearch;
  readonly onRotate: (apiKey: ApiKey) => void;
  readonly empty: ReactNode;
}

/** The keys, with where they come from, when they end and who uses them. */
export const KeyTable = ({ keys, empty, ...rest }: KeyTableProps) => (
  <Table label="Keys" rows={keys} columns={columns(rest)} rowKey={({ id }) => id} empty={empty} />
);

const columns = ({ nowMs, search, onRotate }: Omit<KeyTableProps, 'keys' | 'empty'>): readonly Column<ApiKey>[] => [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (key) => (
      <span className="flex min-w-0 flex-col items-start gap-0.5 py-0.5">
        <span className="inline-flex flex-wrap items-center gap-2">
          <Link
            {...(key.teamId === '' ? paths.installationKey(search, key.id) : paths.key(search, key.id))}
            replace
            className={`${rowLinkClasses} wrap-anywhere`}
          >
            {key.name}
          </Link>
          {key.createdBy === 'bootstrap' && (
            <span className="rounded-tag bg-accent-soft px-1.5 py-0.5 text-small text-link">bootstrap</span>
          )}
        </span>
        <CopyText
          text={key.prefix}
          show={`${key.prefix}_…`}
          label="the public part"
          className="z-1 min-h-6 text-small"
        />
      </span>
    ),
  },
  {
    key: 'state',
    header: 'State',
    heading: true,
    cell: (key) => <StatusPill look={keyStates[keyStateOf(key, nowMs)]} />,
  },
  { key: 'role', header: 'Role', className: 'whitespace-nowrap', cell: (key) => keyRoleTitles[key.role] },
  { key: 'by', header: 'Made by', className: 'text-ink-muted', cell: (key) => <Provenance apiKey={key} /> },
  {
    key: 'ends',
    header: 'Ends',
    className: 'whitespace-nowrap',
    cell: (key) => <Ends at={key.expiresAt} why={key.noExpiryReason} />,
  },
  { key: 'used', header: 'Last used', className: 'text-ink-muted', cell: (key) => <LastUse used={key} /> },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (key) => <KeyActions apiKey={key} onRotate={() => onRotate(key)} />,
  },
];
