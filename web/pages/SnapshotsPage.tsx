import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Camera, X } from 'lucide-react';
import { useState } from 'react';
import type { Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { bytesWord } from '../files/entry.ts';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { DeleteSnapshotDialog } from '../snapshots/DeleteSnapshotDialog.tsx';
import { passesSnapshotFilter, type SnapshotSearch } from '../snapshots/filter.ts';
import { SnapshotDialog } from '../snapshots/SnapshotDialog.tsx';
import { SnapshotTable } from '../snapshots/SnapshotTable.tsx';
import { useSnapshots } from '../snapshots/useSnapshots.ts';

const empty = (
  <EmptyState
    icon={Camera}
    title="No snapshots"
    action={
      <Link {...paths.sandboxes()} className={buttonClasses('primary')}>
        Go to sandboxes
      </Link>
    }
    command={commandLines.createSnapshot({ sandboxId: 'SANDBOX', name: 'before the upgrade' }).muster}
  >
    A snapshot keeps the files of a sandbox as they are at one moment. New sandboxes begin with them, on any host. Take
    one on a sandbox’s page, under “More actions”.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={Camera}
    title="No snapshot passes this filter"
    action={<Button onClick={onClear}>Show all snapshots</Button>}
  >
    The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

export function SnapshotsPage() {
  const search = useSearch({ from: '/signed-in/snapshots' });
  const navigate = useNavigate({ from: '/snapshots' });
  const list = useSnapshots();
  const [doomed, setDoomed] = useState<Snapshot>();
  const narrow = (change: SnapshotSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const all = list.data?.snapshots;
  const shown = all?.filter((snapshot) => passesSnapshotFilter(snapshot, search)) ?? [];
  const opened = all?.find(({ id }) => id === search.snapshot);
  const clear = () => narrow({ q: undefined, sandbox: undefined });
  return (
    <Page
      title="Snapshots"
      summary={all && sentence(all)}
      actions={<AsCommandButton lines={commandLines.snapshots({ sandboxId: search.sandbox ?? '' })} />}
    >
      <Freshness phase={list.error ? 'broken' : 'live'} className="flex flex-col gap-4">
        {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
        {all === undefined && !list.error && <TableSkeleton columns={6} />}
        {all !== undefined && all.length === 0 && empty}
        {all !== undefined && all.length > 0 && (
          <>
            <div className="flex flex-wrap items-center gap-2">
              {search.sandbox !== undefined && (
                <Button small icon={X} onClick={() => narrow({ sandbox: undefined })}>
                  of {search.sandbox}
                </Button>
              )}
              <div className="flex-1 md:flex md:justify-end">
                <SearchField
                  label="Find a snapshot"
                  value={search.q ?? ''}
                  onChange={(q) => narrow({ q: q || undefined })}
                />
              </div>
            </div>
            <SnapshotTable snapshots={shown} search={search} empty={nothingPasses(clear)} onDelete={setDoomed} />
          </>
        )}
      </Freshness>
      {opened && <SnapshotDialog snapshot={opened} onClose={() => narrow({ snapshot: undefined })} />}
      {doomed && <DeleteSnapshotDialog snapshot={doomed} onClose={() => setDoomed(undefined)} />}
    </Page>
  );
}

function sentence(all: readonly Snapshot[]): string {
  if (all.length === 0) return 'Files of sandboxes, kept as they were at one moment.';
  const bytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n);
  const sandboxes = new Set(all.map(({ sandboxId }) => sandboxId)).size;
  return `${all.length} ${all.length === 1 ? 'snapshot' : 'snapshots'} of ${sandboxes} ${sandboxes === 1 ? 'sandbox' : 'sandboxes'}, ${bytesWord(bytes)} of their own.`;
}
