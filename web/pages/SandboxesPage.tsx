import { useQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Box, Plus, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
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
import { CreateSandboxDialog } from '../sandboxes/CreateSandboxDialog.tsx';
import { useSandboxes } from '../sandboxes/feed.ts';
import { passesBesidesState, passesSandboxFilter, type SandboxFilter } from '../sandboxes/filter.ts';
import { SandboxTable } from '../sandboxes/SandboxTable.tsx';
import { sandboxesSentence } from '../sandboxes/sentence.ts';
import { observedLooks, sandboxStateWords, type SandboxStateWord } from '../sandboxes/states.ts';
import { useActiveTeam } from '../session/useCaller.ts';

const empty = (action: ReactNode) => (
  <EmptyState icon={Box} title="No sandboxes" action={action} command={commandLines.createSandbox({}).muster}>
    A sandbox is an isolated Linux environment on one of your hosts, with its own files, processes and limits. Create
    one, run commands in it, and it is gone when its life ends.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={Box}
    title="No sandbox passes this filter"
    action={<Button onClick={onClear}>Show all sandboxes</Button>}
  >
    The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

const noFilter = { state: undefined, host: undefined, q: undefined, ended: undefined } satisfies SandboxFilter;

export function SandboxesPage() {
  const filter = useSearch({ from: '/signed-in/sandboxes' });
  const navigate = useNavigate({ from: '/sandboxes' });
  const team = useActiveTeam();
  const { phase, state, error } = useSandboxes();
  const ended = useEnded(filter.ended === true);
  const narrow = (change: SandboxFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });

  const live = state?.sandboxes;
  const all = live && withoutTwins(live, ended);
  const shown = all?.filter((sandbox) => passesSandboxFilter(sandbox, filter)) ?? [];
  const filtered = filter.state !== undefined || filter.host !== undefined || filter.q !== undefined;
  const create = (
    <Button
      look="primary"
      icon={Plus}
      disabledReason={team ? undefined : 'You have no active team. A sandbox belongs to a team.'}
      onClick={() => narrow({ dialog: 'create' })}
    >
      Create sandbox
    </Button>
  );

  return (
    <Page
      title="Sandboxes"
      summary={live && sandboxesSentence(live)}
      actions={
        <>
          <AsCommandButton lines={commandLines.sandboxes()} />
          {create}
        </>
      }
    >
      <Freshness phase={phase} className="flex flex-col gap-4">
        {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
        {all === undefined && phase !== 'refused' && <TableSkeleton columns={7} />}
        {all !== undefined && (
          <>
            <Filters all={all} filter={filter} onNarrow={narrow} />
            <SandboxTable sandboxes={shown} empty={filtered ? nothingPasses(() => narrow(noFilter)) : empty(create)} />
          </>
        )}
      </Freshness>
      <CreateSandboxDialog
        open={filter.dialog === 'create' && team !== undefined}
        onClose={() => narrow({ dialog: undefined })}
      />
    </Page>
  );
}

/** Those that ended before the page was opened: they stand in no stream. */
function useEnded(wanted: boolean): readonly Sandbox[] {
  const list = useQuery(
    SandboxService.method.listSandboxes,
    { includeEnded: true, pageSize: 1000 },
    { enabled: wanted, placeholderData: keepPreviousData },
  );
  return wanted ? (list.data?.sandboxes ?? []) : [];
}

/** The live ones, and from the list those that the stream does not know. */
function withoutTwins(live: readonly Sandbox[], listed: readonly Sandbox[]): readonly Sandbox[] {
  const known = new Set(live.map((sandbox) => sandbox.id));
  return [...live, ...listed.filter((sandbox) => !known.has(sandbox.id))];
}

function Filters({
  all,
  filter,
  onNarrow,
}: {
  all: readonly Sandbox[];
  filter: SandboxFilter;
  onNarrow: (change: SandboxFilter) => void;
}) {
  const passing = all.filter((sandbox) => passesBesidesState(sandbox, filter));
  const pills = Object.entries(sandboxStateWords)
    .map(([word, state]) => ({
      value: word as SandboxStateWord, // a key of the table above
      word: observedLooks[state].word,
      tone: observedLooks[state].tone,
      count: passing.filter((sandbox) => sandbox.observed === state).length,
    }))
    .filter((pill) => pill.count > 0 || pill.value === filter.state || pill.value === 'running');
  const hostName = filter.host && (all.find((sandbox) => sandbox.hostId === filter.host)?.hostName ?? filter.host);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <FilterPills
        label="Sandboxes by state"
        pills={pills}
        chosen={filter.state}
        onChoose={(state) => onNarrow({ state })}
      />
      {hostName !== undefined && (
        <Button
          small
          icon={X}
          onClick={() => onNarrow({ host: undefined })}
          aria-label={`On ${hostName}: show all hosts`}
        >
          on {hostName}
        </Button>
      )}
      <label className="inline-flex h-8 items-center gap-2 text-table text-ink-muted max-md:h-10">
        <input
          type="checkbox"
          checked={filter.ended === true}
          onChange={(event) => onNarrow({ ended: event.target.checked ? true : undefined })}
          className="size-4 accent-accent"
        />
        Show ended
      </label>
      <div className="flex-1 md:flex md:justify-end">
        <SearchField label="Find a sandbox" value={filter.q ?? ''} onChange={(q) => onNarrow({ q: q || undefined })} />
      </div>
    </div>
  );
}
