import { useNavigate, useSearch } from '@tanstack/react-router';
import { BellRing } from 'lucide-react';
import { AlertDialog } from '../alerts/AlertDialog.tsx';
import { AlertTable } from '../alerts/AlertTable.tsx';
import type { AlertSearch } from '../alerts/filter.ts';
import { useAlerts } from '../alerts/useAlerts.ts';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

const empty = (
  <EmptyState icon={BellRing} title="Nothing fires" command={commandLines.alerts().muster}>
    The rules look at every machine again and again. What they find stands here, and is told to your channels: one
    message for all machines that are in the same trouble, and one when it is over.
  </EmptyState>
);

export function AlertsFiring() {
  const search = useSearch({ from: '/signed-in/alerts/' });
  const navigate = useNavigate({ from: '/alerts' });
  const list = useAlerts(search.over === 'shown');
  const narrow = (change: AlertSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const all = list.data?.pages.flatMap((page) => page.alerts);
  const lookedAt = list.data?.pages[0]?.lookedAt;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <FilterPills
          label="Which alerts"
          pills={[{ value: 'shown', word: 'History, too' }]}
          chosen={search.over}
          onChoose={(over) => narrow({ over })}
        />
        <span className="inline-flex items-center gap-3">
          {lookedAt && (
            <span className="text-small text-ink-faint">
              Looked <RelativeTime at={lookedAt} />
            </span>
          )}
          <AsCommandButton lines={commandLines.alerts()} />
        </span>
      </div>
      {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
      {all === undefined && !list.error && <TableSkeleton columns={5} />}
      {all && <AlertTable alerts={all} search={search} empty={empty} />}
      {list.hasNextPage && (
        <Button className="self-center" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show older
        </Button>
      )}
      {search.alert !== undefined && (
        <AlertDialog alertId={search.alert} onClose={() => narrow({ alert: undefined })} />
      )}
    </div>
  );
}
