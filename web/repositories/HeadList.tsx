import { useInfiniteQuery } from '@connectrpc/connect-query';
import { FleetService, HeadSource, type Head, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { CommitLine } from '../fleet/CommitLine.tsx';
import { Button } from '../parts/Button.tsx';
import { Panel } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

const ways: Partial<Record<HeadSource, string>> = {
  [HeadSource.WEBHOOK]: 'pushed',
  [HeadSource.POLL]: 'found by looking',
  [HeadSource.PUBLISHED]: 'told by CI',
};

const columns: readonly Column<Head>[] = [
  {
    key: 'commit',
    header: 'Commit',
    heading: true,
    className: 'md:w-[60%] md:max-w-0',
    cell: (head) => <CommitLine commit={head.commit} />,
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

/** The heads that a branch has had, newest first. Give it the head as its key: it reads them when it appears. */
export function HeadList({ repository }: { repository: Repository }) {
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
  return (
    <div className="flex flex-col items-center gap-3">
      <div className="w-full">
        <Table
          label="Heads"
          rows={heads.data.pages.flatMap((page) => page.heads)}
          columns={columns}
          rowKey={(head) => `${head.commit?.sha} ${head.observedAt?.seconds}`}
          empty={
            <Panel className="px-4 py-3 text-table text-ink-muted">
              No head has been seen yet. The first fetch brings it.
            </Panel>
          }
        />
      </div>
      {heads.hasNextPage && (
        <Button busy={heads.isFetchingNextPage} onClick={() => void heads.fetchNextPage()}>
          Show older heads
        </Button>
      )}
    </div>
  );
}
