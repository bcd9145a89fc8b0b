import { useInfiniteQuery, useMutation } from '@connectrpc/connect-query';
import { KeyRound, Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { MachineAccessService, type SupportKey } from '#proto/muster/v1/machine_access_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Ends } from '../credentials/Ends.tsx';
import { useHostNames } from '../credentials/HostChoice.tsx';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { spreadOf } from './looks.ts';

const empty = (action: ReactNode) => (
  <EmptyState
    icon={KeyRound}
    title="No support keys"
    action={action}
    command={commandLines.addSupportKey({ name: '', days: 7, hostId: '' }).muster ?? ''}
  >
    Nobody gets onto the machines for support. A support key is somebody’s SSH public key; it is put in on the machines,
    and taken out again when its time is over.
  </EmptyState>
);

const columns: readonly Column<SupportKey>[] = [
  { key: 'name', header: 'Whose', heading: true, className: 'font-medium wrap-anywhere', cell: ({ name }) => name },
  {
    key: 'key',
    header: 'Key',
    cell: ({ fingerprint }) => (
      <CopyText text={fingerprint} show={`${fingerprint.slice(0, 19)}…`} label="the fingerprint" />
    ),
  },
  {
    key: 'until',
    header: 'Until',
    className: 'whitespace-nowrap',
    cell: ({ expiresAt }) => <Ends at={expiresAt} why="It was added without an end." />,
  },
  {
    key: 'machines',
    header: 'For',
    className: 'text-ink-muted wrap-anywhere',
    cell: (key) => <Machines supportKey={key} />,
  },
  { key: 'on', header: 'On', align: 'end', className: 'whitespace-nowrap', cell: spreadOf },
  {
    key: 'added',
    header: 'Added',
    className: 'text-ink-muted',
    cell: ({ createdAt, createdBy }) => (
      <>
        <RelativeTime at={createdAt} /> by {createdBy}
      </>
    ),
  },
  { key: 'actions', header: 'Actions', align: 'end', cell: (key) => <RemoveKey supportKey={key} /> },
];

function Machines({ supportKey: { hostIds } }: { supportKey: SupportKey }) {
  const nameOf = useHostNames();
  return hostIds.length === 0 ? 'all machines' : hostIds.map(nameOf).join(', ');
}

function RemoveKey({ supportKey: { id, name, installed } }: { supportKey: SupportKey }) {
  const [open, setOpen] = useState(false);
  const remove = useMutation(MachineAccessService.method.removeSupportKey);
  const tell = useTell();
  return (
    <>
      <Button small icon={Trash2} aria-label={`Remove the key of ${name}`} onClick={() => setOpen(true)}>
        Remove
      </Button>
      <Confirm
        open={open}
        onClose={() => setOpen(false)}
        title={`Remove the key of ${name}`}
        action="Remove the key"
        onConfirm={async () => {
          await remove.mutateAsync({ supportKeyId: id });
          tell(`The key of ${name} is taken off the machines.`);
        }}
        command={<AsCommand lines={commandLines.removeSupportKey(id)} />}
      >
        It is on {installed === 1 ? '1 machine' : `${installed} machines`}, and is taken off each as soon as it is told.
        Who is signed in there stays so until they leave.
      </Confirm>
    </>
  );
}

/** All support keys. */
export function SupportKeys({ action }: { action: ReactNode }) {
  const all = useInfiniteQuery(
    MachineAccessService.method.listSupportKeys,
    { pageSize: 100, pageToken: '' },
    { pageParamKey: 'pageToken', getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  const keys = all.data?.pages.flatMap((page) => page.supportKeys);
  return (
    <Section title="Support keys">
      {all.error && <ProblemNote problem={toProblem(all.error)} onRetry={() => void all.refetch()} />}
      {keys === undefined && !all.error && <TableSkeleton columns={6} rows={2} />}
      {keys && (
        <Table label="Support keys" rows={keys} columns={columns} rowKey={({ id }) => id} empty={empty(action)} />
      )}
      {all.hasNextPage && (
        <Button className="self-center" busy={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
          Show more keys
        </Button>
      )}
    </Section>
  );
}
