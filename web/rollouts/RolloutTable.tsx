import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Rollout } from '#proto/muster/v1/rollout_pb.js';
import { Sha } from '../fleet/CommitLine.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { rolloutLooks } from './looks.ts';
import { UpdateBar } from './UpdateBar.tsx';

const columns: readonly Column<Rollout>[] = [
  {
    key: 'what',
    header: 'What',
    heading: true,
    cell: ({ id, components }) => (
      <Link {...paths.rollout(id)} className={rowLinkClasses}>
        {components.join(', ')}
      </Link>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={rolloutLooks[state]} /> },
  {
    key: 'target',
    header: 'To',
    className: '@table:max-w-64',
    cell: ({ targetSha, targetSubject, repository }) => (
      <span className="flex min-w-0 items-baseline gap-2">
        <span className="relative z-1">
          <Sha sha={targetSha} />
        </span>
        <span className="min-w-0 truncate text-ink-muted" title={targetSubject}>
          {targetSubject || repository}
        </span>
      </span>
    ),
  },
  {
    key: 'stands',
    header: 'How it stands',
    className: '@table:w-2/5 @table:max-w-0',
    cell: ({ sentence, counts }) => (
      <span className="flex min-w-0 flex-1 flex-col gap-1.5">
        <span className="text-pretty">{sentence}</span>
        <UpdateBar counts={counts} slim />
      </span>
    ),
  },
  {
    key: 'started',
    header: 'Started',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ createdAt, createdBy }) => (
      <span>
        <RelativeTime at={createdAt} /> by {createdBy}
      </span>
    ),
  },
];

/** Rollouts as rows; a row opens its page. */
export const RolloutTable = ({ rollouts, empty }: { rollouts: readonly Rollout[]; empty: ReactNode }) => (
  <Table label="Rollouts" rows={rollouts} columns={columns} rowKey={({ id }) => id} empty={empty} />
);
