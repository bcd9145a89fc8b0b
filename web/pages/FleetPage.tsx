import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { Download, Radar, Rocket, ShieldCheck } from 'lucide-react';
import { useMemo, useState } from 'react';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ExportFleetDialog } from '../fleet/ExportFleetDialog.tsx';
import { hostsToCome, useFleet, type Fleet } from '../fleet/feed.ts';
import { filterFleet, type FleetFilter } from '../fleet/filter.ts';
import { FleetTrend } from '../fleet/FleetTrend.tsx';
import { GateDialog } from '../fleet/GateDialog.tsx';
import { groupHosts } from '../fleet/groups.ts';
import { HostsViewFields } from '../fleet/HostsView.tsx';
import { HeadLine, UnknownHeads } from '../fleet/HeadLine.tsx';
import { StaleAfter, staleAfterMs } from '../fleet/freshness.ts';
import { HostRows } from '../fleet/HostRows.tsx';
import { LastKnown } from '../fleet/LastKnown.tsx';
import { StateBar } from '../fleet/StateBar.tsx';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page, Panel } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { asSentence, toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';

const empty = (
  <EmptyState
    icon={Radar}
    title="No machine has joined yet"
    action={
      <Link {...paths.hosts()} className={buttonClasses('primary')}>
        Go to Hosts
      </Link>
    }
    command={commandLines.fleet().muster}
  >
    This page answers one question: does every machine run main? Once a machine has joined, it reports which commit each
    of its components runs, and stands here with the answer.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={Radar}
    title="No host passes this filter"
    action={<Button onClick={onClear}>Show all hosts</Button>}
  >
    The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

export function FleetPage() {
  const filter = useSearch({ from: '/signed-in/fleet' });
  const { phase, state: fleet, error, brokenSinceMs } = useFleet();
  return (
    <Page title="Fleet" actions={<FleetActions fleet={fleet} repository={filter.repository ?? ''} />}>
      <Freshness phase={phase} className="flex flex-col gap-5">
        {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
        {fleet === undefined && phase !== 'refused' && <DetailSkeleton />}
        {fleet !== undefined && <FleetView fleet={fleet} filter={filter} brokenSinceMs={brokenSinceMs} />}
      </Freshness>
    </Page>
  );
}

function FleetActions({ fleet, repository }: { fleet: Fleet | undefined; repository: string }) {
  const [opened, setOpened] = useState<'gate' | 'export'>();
  const { platformAdmin } = useCaller();
  const close = () => setOpened(undefined);
  const names = fleet?.summary?.repositories.map(({ name }) => name) ?? [];
  return (
    <>
      <AsCommandButton lines={commandLines.fleet()} />
      <Button icon={ShieldCheck} onClick={() => setOpened('gate')}>
        CI gate
      </Button>
      <Button icon={Download} onClick={() => setOpened('export')}>
        Export
      </Button>
      {platformAdmin && names.length > 0 && (
        <Link {...paths.newRollout(repository ? { repository } : {})} className={buttonClasses('primary')}>
          <Rocket aria-hidden className="-ml-0.5 size-4" />
          Roll out
        </Link>
      )}
      <GateDialog open={opened === 'gate'} onClose={close} repositories={repository ? [repository] : names} />
      <ExportFleetDialog open={opened === 'export'} onClose={close} repository={repository} />
    </>
  );
}

interface FleetViewProps {
  readonly fleet: Fleet;
  readonly filter: FleetFilter;
  readonly brokenSinceMs: number | undefined;
}

function FleetView({ fleet, filter, brokenSinceMs }: FleetViewProps) {
  const navigate = useNavigate({ from: '/fleet' });
  const narrow = (change: FleetFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const repositories = fleet.summary?.repositories ?? [];
  /** With one repository, which commit main is belongs to the sentence. */
  const only = repositories.length === 1 ? repositories[0] : undefined;
  const { state, repository, q, group } = filter;
  // Of a large fleet this costs: not again for what changes nothing of it.
  const hosts = useMemo(() => filterFleet(fleet.hosts, { state, repository, q }), [fleet.hosts, state, repository, q]);
  const groups = useMemo(() => groupHosts(hosts, group), [hosts, group]);
  return (
    <>
      <UnknownHeads repositories={repositories} />
      <Panel className="flex flex-col gap-4 p-4 md:p-5">
        <div>
          <p role="status" className="text-statement font-medium text-balance">
            {asSentence(fleet.summary?.sentence ?? '')}
          </p>
          {brokenSinceMs !== undefined && <LastKnown sinceMs={brokenSinceMs} />}
          {only && (
            <ul aria-label="Heads" className="mt-1">
              <HeadLine repository={only} />
            </ul>
          )}
        </div>
        {fleet.hosts.length > 0 && (
          <StateBar
            counts={fleet.summary?.counts ?? []}
            chosen={filter.state}
            onChoose={(state) => narrow({ state })}
          />
        )}
        {fleet.hosts.length > 0 && <FleetTrend />}
        {repositories.length > 1 && (
          <ul aria-label="Heads" className="flex flex-col gap-1.5 border-t border-line pt-3.5">
            {repositories.map((repository) => (
              <HeadLine key={repository.id} repository={repository} />
            ))}
          </ul>
        )}
      </Panel>
      {fleet.hosts.length === 0 ? (
        empty
      ) : (
        <section aria-label="Hosts" className="flex flex-col gap-3">
          <FleetFilters fleet={fleet} filter={filter} onNarrow={narrow} />
          {hosts.length > 0 && (
            <StaleAfter value={staleAfterMs(fleet.summary)}>
              <HostRows groups={groups} />
            </StaleAfter>
          )}
          {hostsToCome(fleet) > 0 && (
            <p className="text-center text-small text-ink-faint">{hostsToCome(fleet)} more hosts are on their way.</p>
          )}
          {hosts.length === 0 &&
            hostsToCome(fleet) === 0 &&
            nothingPasses(() => narrow({ state: undefined, repository: undefined, q: undefined }))}
        </section>
      )}
    </>
  );
}

function FleetFilters({
  fleet,
  filter,
  onNarrow,
}: {
  fleet: Fleet;
  filter: FleetFilter;
  onNarrow: (change: FleetFilter) => void;
}) {
  const repositories = useMemo(() => repositoriesOf(fleet.hosts), [fleet.hosts]);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 print:hidden">
      <div role="group" aria-label="Components by repository" className="flex flex-wrap gap-1.5">
        {repositories.length > 1 &&
          repositories.map((repository) => (
            <Button
              key={repository}
              small
              aria-pressed={filter.repository === repository}
              className="aria-pressed:bg-accent-soft aria-pressed:ring-2 aria-pressed:ring-accent"
              onClick={() => onNarrow({ repository: filter.repository === repository ? undefined : repository })}
            >
              {repository}
            </Button>
          ))}
      </div>
      <HostsViewFields hosts={fleet.hosts} view={filter} onChange={onNarrow} />
    </div>
  );
}

/** The repositories that components are built from, by name. */
function repositoriesOf(hosts: readonly FleetHost[]): readonly string[] {
  const names = new Set<string>();
  for (const { components } of hosts) for (const { repository } of components) names.add(repository);
  return [...names].toSorted();
}
