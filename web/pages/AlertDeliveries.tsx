import { useNavigate, useSearch } from '@tanstack/react-router';
import { Send } from 'lucide-react';
import { DeliveryTable } from '../alerts/DeliveryTable.tsx';
import { deliveryStates, type DeliverySearch } from '../alerts/filter.ts';
import { deliveryLooks } from '../alerts/states.ts';
import { useChannels, useDeliveries } from '../alerts/useAlerts.ts';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { FilterSelect } from '../parts/FilterSelect.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

const empty = (
  <EmptyState icon={Send} title="There are no such deliveries">
    Every message to a channel stands here for 30 days: when it was taken, or why not, and when it is tried next.
  </EmptyState>
);

const pills = (Object.keys(deliveryStates) as (keyof typeof deliveryStates)[]).map((value) => ({
  value,
  word: deliveryLooks[deliveryStates[value]].word,
  tone: deliveryLooks[deliveryStates[value]].tone,
})); // the table's own keys

export function AlertDeliveries() {
  const search = useSearch({ from: '/signed-in/alerts/deliveries' });
  const navigate = useNavigate({ from: '/alerts/deliveries' });
  const channels = useChannels().data?.channels ?? [];
  const list = useDeliveries(search.state && deliveryStates[search.state], search.channel ?? '', '');
  const narrow = (change: DeliverySearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const all = list.data?.pages.flatMap((page) => page.deliveries);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <FilterPills
          label="State of the deliveries"
          pills={pills}
          chosen={search.state}
          onChoose={(state) => narrow({ state })}
        />
        <span className="inline-flex items-center gap-2">
          {channels.length > 0 && (
            <FilterSelect
              label="Channel"
              all="All channels"
              options={channels.map(({ id, name }) => ({ value: id, word: name }))}
              value={search.channel}
              onChoose={(channel) => narrow({ channel })}
            />
          )}
          <AsCommandButton lines={commandLines.alertDeliveries()} />
        </span>
      </div>
      {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
      {all === undefined && !list.error && <TableSkeleton columns={6} />}
      {all && <DeliveryTable deliveries={all} empty={empty} />}
      {list.hasNextPage && (
        <Button className="self-center" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show older
        </Button>
      )}
    </div>
  );
}
