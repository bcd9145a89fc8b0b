import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ShieldCheck, UserRound } from 'lucide-react';
import { UserService, type User } from '#proto/muster/v1/user_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { hasPasswords } from '../session/sign-in-modes.ts';
import { useSetup } from '../session/useCaller.ts';
import { SecondFactorRule } from '../users/SecondFactorRule.tsx';
import { usersSentence } from '../users/sentence.ts';
import { userLook } from '../users/status.ts';
import { UserActions } from '../users/UserActions.tsx';

const nothingFound = (onClear: () => void) => (
  <EmptyState icon={UserRound} title="Nobody is called that" action={<Button onClick={onClear}>Show all users</Button>}>
    Names and email addresses are searched. New people come by an invite into a team.
  </EmptyState>
);

const columns: readonly Column<User>[] = [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (user) => (
      <span className="inline-flex flex-wrap items-center gap-2 font-medium">
        {user.name}
        {user.platformAdmin && (
          <span className="inline-flex items-center gap-1 rounded-tag bg-accent-soft px-1.5 py-0.5 text-small font-normal whitespace-nowrap text-link">
            <ShieldCheck aria-hidden className="size-3.5" /> Platform admin
          </span>
        )}
      </span>
    ),
  },
  { key: 'status', header: 'Status', heading: true, cell: (user) => <StatusPill look={userLook(user)} /> },
  { key: 'email', header: 'Email', className: 'text-ink-muted @max-table:wrap-anywhere', cell: (user) => user.email },
  {
    key: 'factor',
    header: 'Second factor',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (user) => (user.secondFactor ? 'passkey' : <span className="text-ink-faint">none</span>),
  },
  {
    key: 'teams',
    header: 'Teams',
    className: 'text-ink-muted',
    cell: (user) => (user.teams.length === 0 ? <span className="text-ink-faint">none</span> : user.teams.join(', ')),
  },
  {
    key: 'seen',
    header: 'Last seen',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (user) => <RelativeTime at={user.lastSeenAt} />,
  },
  { key: 'actions', header: 'Actions', align: 'end', cell: (user) => <UserActions user={user} /> },
];

export function UsersPage() {
  const setup = useSetup();
  const { q } = useSearch({ from: '/signed-in/users' });
  const navigate = useNavigate({ from: '/users' });
  const find = (text: string) => void navigate({ search: { q: text || undefined }, replace: true });
  const found = useInfiniteQuery(
    UserService.method.listUsers,
    { search: q ?? '', pageSize: 100, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const users = found.data?.pages.flatMap((page) => page.users);
  return (
    <Page
      title="Users"
      summary={users && usersSentence(users, { found: q !== undefined, more: found.hasNextPage })}
      actions={<AsCommandButton lines={commandLines.users(q ?? '')} />}
    >
      {hasPasswords(setup) && <SecondFactorRule />}
      <SearchField label="Find by name or email" value={q ?? ''} onChange={find} />
      {found.error && <ProblemNote problem={toProblem(found.error)} onRetry={() => void found.refetch()} />}
      {users === undefined && !found.error && <TableSkeleton columns={7} />}
      {users !== undefined && (
        <Table
          label="Users"
          rows={users}
          columns={columns}
          rowKey={(user) => user.id}
          empty={nothingFound(() => find(''))}
        />
      )}
      {found.hasNextPage && (
        <Button className="self-center" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          Show more users
        </Button>
      )}
    </Page>
  );
}
