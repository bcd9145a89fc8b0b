import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import { bytesWord } from '../files/entry.ts';
import { HoldersCell } from '../hosts/Holders.tsx';
import { useHostNames } from '../hosts/useHostNames.ts';
import { CopyText } from '../parts/Copy.tsx';
import { shortDigest } from '../parts/digest.ts';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { Origin } from '../sandboxes/Origin.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import type { SnapshotSearch } from './filter.ts';
import { SnapshotActions } from './SnapshotActions.tsx';
import { snapshotLooks, snapshotName } from './words.ts';

interface SnapshotTableProps {
  readonly snapshots: readonly Snapshot[];
  readonly search: SnapshotSearch;
  readonly empty: ReactNode;
  readonly onDelete: (snapshot: Snapshot) => void;
}

type Shown = Pick<SnapshotTableProps, 'search' | 'onDelete'> & { readonly nameOf: (hostId: string) => string };

const columnsOf = ({ search, onDelete, nameOf }: Shown): readonly Column<Snapshot>[] => [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (snapshot) => (
      <Link {...paths.snapshot(search, snapshot.id)} className={rowLinkClasses}>
        {snapshotName(snapshot)}
      </Link>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={snapshotLooks[state]} /> },
  {
    key: 'sandbox',
    header: 'Taken of',
    cell: ({ sandboxId }) => (
      <Link {...paths.sandbox(sandboxId)} className="relative z-1 font-mono text-code text-ink-muted hover:text-link">
        {sandboxId}
      </Link>
    ),
  },
  { key: 'template', header: 'On', className: 'text-ink-muted', cell: ({ template }) => <Origin of={template} /> },
  {
    key: 'digest',
    header: 'Digest',
    cell: ({ digest }) =>
      digest === '' ? '–' : <CopyText text={digest} show={shortDigest(digest)} label="the digest" className="z-1" />,
  },
  {
    key: 'size',
    header: 'Size',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ sizeBytes }) => (sizeBytes > 0n ? bytesWord(sizeBytes) : '–'),
  },
  { key: 'where', header: 'Lies in', cell: (snapshot) => <HoldersCell held={snapshot} nameOf={nameOf} /> },
  {
    key: 'created',
    header: 'Taken',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (snapshot) => (
      <span title={`by ${snapshot.createdBy}`}>
        <RelativeTime at={snapshot.createdAt} />
      </span>
    ),
  },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (snapshot) => <SnapshotActions snapshot={snapshot} onDelete={() => onDelete(snapshot)} />,
  },
];

/** Snapshots as rows; a row opens its facts. */
export function SnapshotTable({ snapshots, search, empty, onDelete }: SnapshotTableProps) {
  const nameOf = useHostNames();
  const columns = columnsOf({ search, onDelete, nameOf });
  return <Table label="Snapshots" rows={snapshots} columns={columns} rowKey={({ id }) => id} empty={empty} />;
}
