import { useInfiniteQuery } from '@connectrpc/connect-query';
import { Gauge, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { TeamService, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { OwnHostsSwitch } from '../teams/OwnHostsSwitch.tsx';
import { quotaWords } from '../teams/quota.ts';
import { QuotaDialog } from '../teams/QuotaDialog.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

const empty = (
  <EmptyState icon={UsersRound} title="No teams yet">
    Every user can make a team; sandboxes belong to it. Here you see them all, with what each may use.
  </EmptyState>
);

const columns: readonly Column<Team>[] = [
  { key: 'name', header: 'Name', heading: true, className: 'font-medium wrap-anywhere', cell: (team) => team.name },
  { key: 'slug', header: 'Slug', cell: (team) => <CopyText text={team.slug} label="the slug" /> },
  { key: 'members', header: 'Members', align: 'end', cell: (team) => team.members },
  { key: 'quota', header: 'Quota', className: 'text-ink-muted', cell: (team) => quotaWords(team.quota) },
  { key: 'hosts', header: 'Hosts', cell: (team) => <OwnHostsSwitch team={team} /> },
  {
    key: 'made',
    header: 'Made',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (team) => <RelativeTime at={team.createdAt} />,
  },
  { key: 'actions', header: 'Actions', align: 'end', cell: (team) => <SetQuota team={team} /> },
];

function SetQuota({ team }: { team: Team }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small icon={Gauge} aria-label={`Set quota of ${team.name}`} onClick={() => setOpen(true)}>
        Set quota
      </Button>
      <QuotaDialog team={team} open={open} onClose={() => setOpen(false)} />
    </>
  );
}

export function TeamsPage() {
  const all = useInfiniteQuery(
    TeamService.method.listTeams,
    { all: true, pageSize: 100, pageToken: '' },
    { pageParamKey: 'pageToken', getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  const teams = all.data?.pages.flatMap((page) => page.teams);
  return (
    <Page
      title="All teams"
      summary={teams && sentence(teams, all.hasNextPage)}
      actions={<AsCommandButton lines={commandLines.teams()} />}
    >
      {all.error && <ProblemNote problem={toProblem(all.error)} onRetry={() => void all.refetch()} />}
      {teams === undefined && !all.error && <TableSkeleton columns={6} />}
      {teams !== undefined && (
        <Table label="Teams" rows={teams} columns={columns} rowKey={(team) => team.id} empty={empty} />
      )}
      {all.hasNextPage && (
        <Button className="self-center" busy={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
          Show more teams
        </Button>
      )}
    </Page>
  );
}

function sentence(teams: readonly Team[], more: boolean): string {
  const own = teams.filter(({ ownHosts }) => ownHosts).length;
  const count = more ? `The first ${teams.length} teams` : teams.length === 1 ? '1 team' : `${teams.length} teams`;
  return own === 0 ? `${count}; all share the installation’s hosts.` : `${count}; ${own} with hosts of their own.`;
}
