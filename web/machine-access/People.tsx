import { useInfiniteQuery } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { SquareTerminal, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { MachineAccessService, type TesterMachine, type TesterSsh } from '#proto/muster/v1/machine_access_pb.js';
import { Ends } from '../credentials/Ends.tsx';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { sshLook } from './looks.ts';
import { SshDialog } from './SshDialog.tsx';

const empty = (
  <EmptyState
    icon={UsersRound}
    title="Nobody is on an access list"
    action={
      <Link {...paths.hosts()} className={buttonClasses('secondary')}>
        All hosts
      </Link>
    }
  >
    Each machine has a list of who may use it, on its own page. SSH is off for everybody until you turn it on here.
  </EmptyState>
);

const columns: readonly Column<TesterSsh>[] = [
  {
    key: 'name',
    header: 'Person',
    heading: true,
    className: 'wrap-anywhere',
    cell: ({ name, email }) => (
      <>
        <span className="font-medium">{name}</span> <span className="text-ink-muted">{email}</span>
      </>
    ),
  },
  { key: 'ssh', header: 'SSH', heading: true, cell: (tester) => <StatusPill look={sshLook(tester)} /> },
  {
    key: 'until',
    header: 'Until',
    className: 'whitespace-nowrap',
    cell: ({ publicKey, expiresAt }) =>
      publicKey === '' ? <span className="text-ink-faint">no key</span> : <Ends at={expiresAt} />,
  },
  {
    key: 'machines',
    header: 'Machines',
    className: '@table:w-2/5 text-pretty',
    cell: ({ machines, problem }) => (problem === '' ? <Machines machines={machines} /> : problem),
  },
  { key: 'actions', header: 'Actions', align: 'end', cell: (tester) => <ChangeSsh tester={tester} /> },
];

const Machines = ({ machines }: { machines: readonly TesterMachine[] }) =>
  machines.length === 0 ? (
    <span className="text-ink-faint">none</span>
  ) : (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {machines.map(({ hostId, hostName, installed }) => (
        <li key={hostId}>
          <Link {...paths.host(hostId)} className="hover:text-link">
            {hostName}
          </Link>{' '}
          <span className="text-ink-faint">{installed ? 'key on it' : 'no key on it'}</span>
        </li>
      ))}
    </ul>
  );

function ChangeSsh({ tester }: { tester: TesterSsh }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small icon={SquareTerminal} aria-label={`Change SSH of ${tester.name}`} onClick={() => setOpen(true)}>
        Change SSH
      </Button>
      <SshDialog tester={tester} open={open} onClose={() => setOpen(false)} />
    </>
  );
}

/** Everybody who is on a machine's access list or has a key. */
export function People() {
  const all = useInfiniteQuery(
    MachineAccessService.method.listTesterSsh,
    { pageSize: 100, pageToken: '' },
    { pageParamKey: 'pageToken', getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  const people = all.data?.pages.flatMap((page) => page.testers);
  return (
    <Section title="People">
      {all.error && <ProblemNote problem={toProblem(all.error)} onRetry={() => void all.refetch()} />}
      {people === undefined && !all.error && <TableSkeleton columns={5} rows={2} />}
      {people && <Table label="People" rows={people} columns={columns} rowKey={({ userId }) => userId} empty={empty} />}
      {all.hasNextPage && (
        <Button className="self-center" busy={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
          Show more people
        </Button>
      )}
    </Section>
  );
}
