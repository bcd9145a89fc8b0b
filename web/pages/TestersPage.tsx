import { useNavigate, useSearch } from '@tanstack/react-router';
import { FileUp, UserRoundPlus, UsersRound } from 'lucide-react';
import { TesterState, type TesterCount } from '#proto/muster/v1/tester_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { Page } from '../parts/Page.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { AddTesterDialog } from '../testers/AddTesterDialog.tsx';
import { stateWords, stateWordsInOrder, type TestersSearch } from '../testers/filter.ts';
import { ImportDialog } from '../testers/ImportDialog.tsx';
import { testerLooks } from '../testers/looks.ts';
import { RetryFailed } from '../testers/RetryFailed.tsx';
import { testersSentence } from '../testers/sentence.ts';
import { TesterTable } from '../testers/TesterTable.tsx';
import { useTesters } from '../testers/useTesters.ts';

type Narrow = (change: TestersSearch) => void;

const empty = (onAdd: () => void) => (
  <EmptyState
    icon={UsersRound}
    title="No testers yet"
    action={
      <Button look="primary" icon={UserRoundPlus} onClick={onAdd}>
        Add a tester
      </Button>
    }
    command={commandLines.addTester({}).muster ?? ''}
  >
    A tester has an account, a team of their own, a sandbox that does not expire, and keys for an assistant. One address
    is enough; a CSV brings many in at once.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={UsersRound}
    title="No tester passes this filter"
    action={<Button onClick={onClear}>Show all testers</Button>}
  >
    Names and addresses are searched. The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

export function TestersPage() {
  const search = useSearch({ from: '/signed-in/testers' });
  const navigate = useNavigate({ from: '/testers' });
  const { list, phase, testers, counts } = useTesters(search);
  const narrow: Narrow = (change) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: change.dialog === undefined });
  const close = () => narrow({ dialog: undefined });
  const failed =
    counts
      ?.filter(({ state }) => state === TesterState.FAILED || state === TesterState.REMOVAL_FAILED)
      .reduce((sum, { testers: some }) => sum + some, 0) ?? 0;
  const filtered = search.q !== undefined || search.state !== undefined;
  return (
    <Page
      title="Testers"
      summary={counts && testersSentence(counts)}
      actions={
        <>
          <AsCommandButton lines={commandLines.testers()} />
          {failed > 0 && <RetryFailed failed={failed} />}
          <Button icon={FileUp} onClick={() => narrow({ dialog: 'import' })}>
            Import CSV
          </Button>
          <Button look="primary" icon={UserRoundPlus} onClick={() => narrow({ dialog: 'add' })}>
            Add tester
          </Button>
        </>
      }
    >
      <Freshness phase={list.error ? 'broken' : phase} className="flex flex-col gap-4">
        {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
        {testers === undefined && !list.error && <TableSkeleton columns={6} />}
        {counts && counts.length > 0 && <Filters counts={counts} search={search} onNarrow={narrow} />}
        {testers && (
          <TesterTable
            testers={testers}
            empty={
              filtered
                ? nothingPasses(() => narrow({ q: undefined, state: undefined }))
                : empty(() => narrow({ dialog: 'add' }))
            }
          />
        )}
        {list.hasNextPage && (
          <Button className="self-center" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more testers
          </Button>
        )}
      </Freshness>
      <AddTesterDialog open={search.dialog === 'add'} onClose={close} />
      <ImportDialog open={search.dialog === 'import'} onClose={close} />
    </Page>
  );
}

interface FiltersProps {
  readonly counts: readonly TesterCount[];
  readonly search: TestersSearch;
  readonly onNarrow: Narrow;
}

function Filters({ counts, search, onNarrow }: FiltersProps) {
  const pills = stateWordsInOrder.flatMap((value) => {
    const state = stateWords[value];
    const count = counts.find((one) => one.state === state)?.testers ?? 0;
    const { word, tone } = testerLooks[state];
    return count === 0 && search.state !== value ? [] : [{ value, count, word, tone }];
  });
  return (
    <div className="flex flex-wrap items-center justify-between gap-2">
      <SearchField
        label="Find by name or email"
        value={search.q ?? ''}
        onChange={(text) => onNarrow({ q: text || undefined })}
      />
      <FilterPills label="State" pills={pills} chosen={search.state} onChoose={(state) => onNarrow({ state })} />
    </div>
  );
}
