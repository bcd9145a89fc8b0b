import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Rocket } from 'lucide-react';
import { RolloutState, type Rollout } from '#proto/muster/v1/rollout_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { FilterSelect } from '../parts/FilterSelect.tsx';
import { Page } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { isOver, rolloutLooks } from '../rollouts/looks.ts';
import { RolloutTable } from '../rollouts/RolloutTable.tsx';
import { rolloutStateWords, type RolloutsSearch } from '../rollouts/search.ts';
import { useRollouts } from '../rollouts/useRollouts.ts';

const start = (
  <Link {...paths.newRollout()} className={buttonClasses('primary')}>
    <Rocket aria-hidden className="-ml-0.5 size-4" />
    Start a rollout
  </Link>
);

const empty = (
  <EmptyState
    icon={Rocket}
    title="Nothing was rolled out yet"
    action={start}
    command={commandLines.createRollout({ selection: { all: true } }).muster ?? ''}
  >
    A rollout brings components on a selection of hosts to a commit, batch by batch. Each host runs the update command
    of its own agent.json, and is done when the process that runs there reports the commit.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={Rocket}
    title="No rollout passes this filter"
    action={<Button onClick={onClear}>Show all rollouts</Button>}
  >
    The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

export function RolloutsPage() {
  const search = useSearch({ from: '/signed-in/rollouts' });
  const navigate = useNavigate({ from: '/rollouts' });
  const list = useRollouts(search.repository ?? '');
  const narrow = (change: RolloutsSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const all = list.data?.pages.flatMap(({ rollouts }) => rollouts);
  const clear = () => narrow({ repository: undefined, state: undefined });
  const shown = all?.filter(({ state }) => search.state === undefined || state === rolloutStateWords[search.state]);
  const filtered = search.repository !== undefined || search.state !== undefined;
  return (
    <Page
      title="Rollouts"
      summary={all && sentence(all)}
      actions={
        <>
          <AsCommandButton lines={commandLines.rollouts()} />
          {start}
        </>
      }
    >
      <Freshness phase={list.error ? 'broken' : 'live'} className="flex flex-col gap-4">
        {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
        {all === undefined && !list.error && <TableSkeleton columns={5} />}
        {all !== undefined && (all.length > 0 || filtered) && <Filters all={all} search={search} onNarrow={narrow} />}
        {shown !== undefined && <RolloutTable rollouts={shown} empty={filtered ? nothingPasses(clear) : empty} />}
        {list.hasNextPage && (
          <Button className="self-center" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show older rollouts
          </Button>
        )}
      </Freshness>
    </Page>
  );
}

interface FiltersProps {
  readonly all: readonly Rollout[];
  readonly search: RolloutsSearch;
  readonly onNarrow: (change: RolloutsSearch) => void;
}

function Filters({ all, search, onNarrow }: FiltersProps) {
  const pills = Object.entries(rolloutStateWords).flatMap(([value, state]) => {
    const count = all.filter((rollout) => rollout.state === state).length;
    return count === 0 && search.state !== value
      ? []
      : [{ value, count, word: rolloutLooks[state].word, tone: rolloutLooks[state].tone }];
  });
  const repositories = [...new Set(all.map(({ repository }) => repository))].toSorted();
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <FilterPills label="State" pills={pills} chosen={search.state} onChoose={(state) => onNarrow({ state })} />
      {(repositories.length > 1 || search.repository !== undefined) && (
        <FilterSelect
          label="Repository"
          all="All repositories"
          options={repositories.map((name) => ({ value: name, word: name }))}
          value={search.repository}
          onChoose={(repository) => onNarrow({ repository })}
        />
      )}
    </div>
  );
}

function sentence(all: readonly Rollout[]): string {
  const [last] = all;
  if (last === undefined) return 'No machine was updated from here yet.';
  const active = all.filter(({ state }) => !isOver(state));
  if (active.length > 0)
    return active.length === 1 ? `One is under way: ${active[0]?.sentence}` : `${active.length} are under way.`;
  return last.state === RolloutState.SUCCEEDED
    ? 'None is under way; the last one succeeded.'
    : `None is under way; the last one did not succeed: ${last.sentence}`;
}
