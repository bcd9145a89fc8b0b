import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { GitBranch, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Repository } from '#proto/muster/v1/fleet_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Sha } from '../fleet/CommitLine.tsx';
import { useFleet } from '../fleet/feed.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness, StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { fetchLook } from '../repositories/fetch-state.ts';
import { RegisterRepositoryDialog } from '../repositories/RegisterRepositoryDialog.tsx';
import { repositoriesSentence } from '../repositories/sentence.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const empty = (action: ReactNode) => (
  <EmptyState
    icon={GitBranch}
    title="No repositories yet"
    action={action}
    command={commandLines.registerRepository({ name: 'shop', url: 'https://git.example.com/team/shop.git' }).muster}
  >
    A repository says what should run: machines are compared with the head of its branch. Register one, name it in an
    agent’s config, and the Fleet page answers whether every machine runs it.
  </EmptyState>
);

const columns: readonly Column<Repository>[] = [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (repository) => (
      <Link {...paths.repository(repository.id)} className={rowLinkClasses}>
        {repository.name}
      </Link>
    ),
  },
  { key: 'state', header: 'State', heading: true, cell: (repository) => <StatusPill look={fetchLook(repository)} /> },
  {
    key: 'branch',
    header: 'Branch',
    className: 'font-mono text-code text-ink-muted',
    cell: (repository) => repository.branch,
  },
  {
    key: 'head',
    header: 'Head',
    className: 'w-[36%] max-w-0',
    cell: ({ head }) =>
      head ? (
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="relative z-1 shrink-0">
            <Sha sha={head.sha} />
          </span>
          <span className="truncate" title={head.subject}>
            {head.subject}
          </span>
        </span>
      ) : (
        <span className="text-ink-faint">not fetched yet</span>
      ),
  },
  {
    key: 'observed',
    header: 'Seen',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (repository) => <RelativeTime at={repository.headObservedAt} />,
  },
  {
    key: 'fetched',
    header: 'Fetched',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (repository) => <RelativeTime at={repository.fetchedAt} />,
  },
];

export function RepositoriesPage() {
  const { dialog } = useSearch({ from: '/signed-in/repositories' });
  const navigate = useNavigate({ from: '/repositories' });
  const { platformAdmin } = useCaller();
  // The fleet's stream carries the repositories: their heads change here the moment they change there.
  const { phase, state: fleet, error } = useFleet();
  const repositories = fleet && (fleet.summary?.repositories ?? []);
  const openDialog = (next: 'register' | undefined) => void navigate({ search: { dialog: next }, replace: true });
  const register = (
    <Button
      look="primary"
      icon={Plus}
      disabledReason={platformAdmin ? undefined : 'Only a platform admin registers repositories. Ask one of them.'}
      onClick={() => openDialog('register')}
    >
      Register repository
    </Button>
  );
  return (
    <Page
      title="Repositories"
      summary={repositories && repositoriesSentence(repositories)}
      actions={
        <>
          <AsCommandButton lines={commandLines.repositories()} />
          {register}
        </>
      }
    >
      <Freshness phase={phase} className="flex flex-col gap-4">
        {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
        {repositories === undefined && phase !== 'refused' && <TableSkeleton rows={3} columns={5} />}
        {repositories !== undefined && (
          <Table
            label="Repositories"
            rows={repositories}
            columns={columns}
            rowKey={(repository) => repository.id}
            empty={empty(register)}
          />
        )}
      </Freshness>
      <RegisterRepositoryDialog open={dialog === 'register' && platformAdmin} onClose={() => openDialog(undefined)} />
    </Page>
  );
}
