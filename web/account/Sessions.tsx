import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Laptop } from 'lucide-react';
import { AuthService, type Session } from '#proto/muster/v1/auth_pb.js';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { describeAgent } from './user-agent.ts';

const empty = (
  <EmptyState icon={Laptop} title="No sessions">
    A session begins where you sign in.
  </EmptyState>
);

const columns: readonly Column<Session>[] = [
  {
    key: 'where',
    header: 'Where',
    heading: true,
    cell: (session) => (
      <span title={session.userAgent} className="font-medium">
        {describeAgent(session.userAgent)}
        {session.current && (
          <span className="ml-2 rounded-tag bg-accent-soft px-1.5 py-0.5 text-small text-link">this one</span>
        )}
      </span>
    ),
  },
  { key: 'address', header: 'Address', className: 'text-ink-muted', cell: (session) => session.address || '–' },
  {
    key: 'created',
    header: 'Signed in',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (session) => <RelativeTime at={session.createdAt} />,
  },
  {
    key: 'used',
    header: 'Last used',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (session) => <RelativeTime at={session.lastUsedAt} />,
  },
  {
    key: 'expires',
    header: 'Ends',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (session) => <RelativeTime at={session.expiresAt} />,
  },
  { key: 'end', header: 'Actions', align: 'end', heading: true, cell: (session) => <EndSession session={session} /> },
];

/** Where one is signed in. Each can be ended, with the tokens made from it. */
export function Sessions() {
  const sessions = useQuery(AuthService.method.listSessions, { pageSize: 200 });
  if (sessions.data === undefined) {
    return sessions.error ? (
      <ProblemNote problem={toProblem(sessions.error)} onRetry={() => void sessions.refetch()} />
    ) : (
      <TableSkeleton rows={2} />
    );
  }
  return (
    <Table
      label="Sessions"
      rows={sessions.data.sessions}
      columns={columns}
      rowKey={(session) => session.id}
      empty={empty}
    />
  );
}

function EndSession({ session }: { session: Session }) {
  const queries = useQueryClient();
  const report = useReport();
  const tell = useTell();
  const revoke = useMutation(AuthService.method.revokeSession, {
    onError: report,
    onSuccess: () => {
      tell('The session has ended.');
      void queries.invalidateQueries();
    },
  });
  return (
    <Button
      small
      busy={revoke.isPending}
      disabledReason={session.current ? 'This is the session that you use now. Sign out to end it.' : undefined}
      aria-label={`End session: ${describeAgent(session.userAgent)}`}
      onClick={() => revoke.mutate({ sessionId: session.id })}
    >
      End session
    </Button>
  );
}
