import { useQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Box, Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { BulkBar } from '../sandboxes/BulkBar.tsx';
import { CreateSandboxDialog } from '../sandboxes/CreateSandboxDialog.tsx';
import { useSandboxes } from '../sandboxes/feed.ts';
import { narrows, passesSandboxFilter, type SandboxFilter } from '../sandboxes/filter.ts';
import { sandboxName } from '../sandboxes/name.ts';
import { SandboxFilters } from '../sandboxes/SandboxFilters.tsx';
import { SandboxTable } from '../sandboxes/SandboxTable.tsx';
import { sandboxesSentence } from '../sandboxes/sentence.ts';
import { hasEnded } from '../sandboxes/states.ts';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';
import { useTime } from '../time/useTime.ts';

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

const noFilter = {
  state: undefined,
  host: undefined,
  owner: undefined,
  label: undefined,
  idle: undefined,
  silent: undefined,
  q: undefined,
  ended: undefined,
} satisfies SandboxFilter;

/** What is idle changes slowly: the list is filtered anew so often. */
const idleStepMs = 10_000;

export function SandboxesPage() {
  const filter = useSearch({ from: '/signed-in/sandboxes' });
  const navigate = useNavigate({ from: '/sandboxes' });
  const refused = workRefusal(useCaller());
  const nowMs = useTime((now) => Math.floor(now / idleStepMs) * idleStepMs);
  const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
  const { phase, state, error } = useSandboxes();
  const ended = useEnded(filter.ended === true);
  const narrow = (change: SandboxFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });

  const live = state?.sandboxes;
  const all = live && withoutTwins(live, ended);
  const shown = all?.filter((sandbox) => passesSandboxFilter(sandbox, filter, nowMs)) ?? [];
  // What has gone out of sight is chosen no more.
  const chosen = shown.filter((sandbox) => chosenIds.has(sandbox.id) && !hasEnded(sandbox));
  const create = (
    <Button look="primary" icon={Plus} disabledReason={refused} onClick={() => narrow({ dialog: 'create' })}>
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
            {(all.length > 0 || narrows(filter)) && (
              <SandboxFilters all={all} filter={filter} nowMs={nowMs} onNarrow={narrow} />
            )}
            <SandboxTable
              sandboxes={shown}
              empty={narrows(filter) ? nothingPasses(() => narrow(noFilter)) : empty(create)}
              selection={{
                keys: new Set(chosen.map(({ id }) => id)),
                onChange: setChosenIds,
                name: sandboxName,
              }}
            />
            <BulkBar chosen={chosen} onChoose={(ids) => setChosenIds(new Set(ids))} />
          </>
        )}
      </Freshness>
      <CreateSandboxDialog
        open={filter.dialog === 'create' && refused === undefined}
        from={filter.from}
        onClose={() => narrow({ dialog: undefined, from: undefined })}
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
