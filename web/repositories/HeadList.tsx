import { useInfiniteQuery } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { FleetService, HeadSource, type FleetHost, type Head, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { CommitLine } from '../fleet/CommitLine.tsx';
import { Button } from '../parts/Button.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { Panel } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { RunnerNames } from './RunnerNames.tsx';
import { whoRuns, type Runner } from './who-runs.ts';

const ways: Partial<Record<HeadSource, string>> = {
  [HeadSource.WEBHOOK]: 'pushed',
  [HeadSource.POLL]: 'found by looking',
  [HeadSource.PUBLISHED]: 'told by CI',
};

type Runners = ReadonlyMap<string, readonly Runner[]>;

const columnsOf = (runners: Runners): readonly Column<Head>[] => [
  {
    key: 'commit',
    header: 'Commit',
    heading: true,
    className: 'md:w-1/2 md:max-w-0',
    cell: (head) => <CommitLine commit={head.commit} />,
  },
  {
    key: 'runners',
    header: 'Runs on',
    cell: (head) => <RunnerNames runners={runners.get(head.commit?.sha ?? '') ?? []} />,
  },
  {
    key: 'committed',
    header: 'Committed',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (head) => <RelativeTime at={head.commit?.committedAt} />,
  },
  {
    key: 'observed',
    header: 'Seen as head',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (head) => <RelativeTime at={head.observedAt} />,
  },
  {
    key: 'forced',
    header: 'How',
    className: 'whitespace-nowrap',
    cell: (head) =>
      head.forced ? (
        <span className="text-wrong">history rewritten</span>
      ) : (
        <span className="text-ink-faint">{ways[head.source] ?? 'forward'}</span>
      ),
  },
];

/** The heads that a branch has had, newest first. Give it the head and the forge as its key: it reads them when it appears. */
export function HeadList({ repository, hosts }: { repository: Repository; hosts: readonly FleetHost[] }) {
  const runners = whoRuns(hosts, repository.name);
  const heads = useInfiniteQuery(
    FleetService.method.listHeads,
    { repositoryId: repository.id, pageSize: 50, pageToken: '' },
    { pageParamKey: 'pageToken', getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  if (heads.data === undefined) {
    return heads.error ? (
      <ProblemNote problem={toProblem(heads.error)} onRetry={() => void heads.refetch()} />
    ) : (
      <TableSkeleton rows={4} columns={3} />
    );
  }
  const rows = heads.data.pages.flatMap((page) => page.heads);
  const listed = new Set(rows.map(({ commit }) => commit?.sha));
  const others = [...runners].filter(([sha]) => !listed.has(sha)).flatMap(([, its]) => its).length;
  return (
    <div className="flex flex-col items-center gap-3">
      <div className="w-full">
        <Table
          label="Heads"
          rows={rows}
          columns={columnsOf(runners)}
          rowKey={(head) => `${head.commit?.sha} ${head.observedAt?.seconds}`}
          empty={
            <Panel className="px-4 py-3 text-table text-ink-muted">
              No head has been seen yet. The first fetch brings it.
            </Panel>
          }
        />
      </div>
      {others > 0 && (
        <p className="text-table text-ink-muted">
          {others} more {others === 1 ? 'component runs' : 'components run'} a commit that is not in this list.{' '}
          <Link {...paths.fleet()} search={{ repository: repository.name }} className={inlineLinkClasses}>
            See them all
          </Link>
        </p>
      )}
      {heads.hasNextPage && (
        <Button busy={heads.isFetchingNextPage} onClick={() => void heads.fetchNextPage()}>
          Show older heads
        </Button>
      )}
    </div>
  );
}
