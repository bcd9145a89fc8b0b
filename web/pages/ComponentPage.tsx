import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Box, Rocket } from 'lucide-react';
import type { FleetComponent, FleetHost } from '#proto/muster/v1/fleet_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { commitsRun } from '../fleet/commits-run.ts';
import { CommitsRun } from '../fleet/CommitsRun.tsx';
import { ComponentSpark } from '../fleet/ComponentSpark.tsx';
import { hostsToCome, useFleet, type Fleet } from '../fleet/feed.ts';
import { filterFleet, type ComponentFilter } from '../fleet/filter.ts';
import { groupHosts } from '../fleet/groups.ts';
import { HostsViewFields } from '../fleet/HostsView.tsx';
import { UnknownHeads } from '../fleet/HeadLine.tsx';
import { StaleAfter, staleAfterMs } from '../fleet/freshness.ts';
import { HostRows } from '../fleet/HostRows.tsx';
import { LastKnown } from '../fleet/LastKnown.tsx';
import { StateBar } from '../fleet/StateBar.tsx';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page, Panel, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { asSentence, toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';

const nobody = (repository: string, component: string) => (
  <EmptyState
    icon={Box}
    title="No host reports this component"
    action={
      <Link {...paths.fleet()} className={buttonClasses('secondary')}>
        The whole fleet
      </Link>
    }
  >
    A host reports it once its agent’s config, agent.json, names a component “{component}” of the repository “
    {repository}” with a probe that says which commit runs.
  </EmptyState>
);

/** One component over all hosts: who is where on main, why, and what to do. */
export function ComponentPage() {
  const { repository, component } = useParams({ from: '/signed-in/components/$repository/$component' });
  const { phase, state: fleet, error, brokenSinceMs } = useFleet({ repository, component });
  const known = fleet?.summary?.repositories.find(({ name }) => name === repository);
  return (
    <Page
      title={component}
      trail={
        <>
          <Link {...paths.fleet()} className="hover:text-link">
            Fleet
          </Link>
          {' / '}
          {known ? (
            <Link {...paths.repository(known.id)} className="hover:text-link">
              {repository}
            </Link>
          ) : (
            repository
          )}
        </>
      }
      actions={<ComponentActions repository={repository} component={component} />}
    >
      <Freshness phase={phase} className="flex flex-col gap-6">
        {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
        {fleet === undefined && phase !== 'refused' && <DetailSkeleton />}
        {fleet !== undefined &&
          (fleet.hosts.length === 0 ? (
            nobody(repository, component)
          ) : (
            <ComponentView {...{ fleet, repository, component, brokenSinceMs }} />
          ))}
      </Freshness>
    </Page>
  );
}

function ComponentActions({ repository, component }: { repository: string; component: string }) {
  const { platformAdmin } = useCaller();
  return (
    <>
      <AsCommandButton lines={commandLines.component(repository, component)} />
      {platformAdmin && (
        <Link {...paths.newRollout({ repository, component })} className={buttonClasses('primary')}>
          <Rocket aria-hidden className="-ml-0.5 size-4" />
          Roll out
        </Link>
      )}
    </>
  );
}

interface ComponentViewProps {
  readonly fleet: Fleet;
  readonly repository: string;
  readonly component: string;
  readonly brokenSinceMs: number | undefined;
}

const spark = ({ hostId }: FleetHost, { component, running }: FleetComponent) => (
  <ComponentSpark hostId={hostId} component={component} runningSha={running?.sha ?? ''} />
);

function ComponentView({ fleet, repository, component, brokenSinceMs }: ComponentViewProps) {
  const filter = useSearch({ from: '/signed-in/components/$repository/$component' });
  const navigate = useNavigate({ from: '/components/$repository/$component' });
  const narrow = (change: ComponentFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const known = fleet.summary?.repositories.find(({ name }) => name === repository);
  const hosts = filterFleet(fleet.hosts, filter).filter(
    ({ components }) => filter.commit === undefined || components.some(({ running }) => running?.sha === filter.commit),
  );
  return (
    <>
      {known && <UnknownHeads repositories={[known]} />}
      <Panel className="flex flex-col gap-4 p-4 md:p-5">
        <div>
          <p role="status" className="text-statement font-medium text-balance">
            {asSentence(fleet.summary?.sentence ?? '')}
          </p>
          {brokenSinceMs !== undefined && <LastKnown sinceMs={brokenSinceMs} />}
        </div>
        <StateBar counts={fleet.summary?.counts ?? []} chosen={filter.state} onChoose={(state) => narrow({ state })} />
      </Panel>
      <Section title={`Who is where on ${known?.branch ?? 'main'}`}>
        <CommitsRun
          runs={commitsRun(fleet.hosts, component, known?.head?.sha ?? '')}
          component={component}
          repository={known}
          repositoryName={repository}
          chosen={filter.commit}
        />
      </Section>
      <section aria-label="Hosts" className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <h2 className="text-section">
            {filter.commit === undefined ? 'Hosts' : `Hosts that run ${filter.commit.slice(0, 7)}`}
          </h2>
          <HostsViewFields hosts={fleet.hosts} view={filter} onChange={narrow} />
        </div>
        {hosts.length > 0 && (
          <StaleAfter value={staleAfterMs(fleet.summary)}>
            <HostRows groups={groupHosts(hosts, filter.group)} below={spark} />
          </StaleAfter>
        )}
        {hosts.length === 0 && hostsToCome(fleet) === 0 && (
          <p className="flex items-center gap-3 text-table text-ink-muted">
            No host passes this filter.
            <Button small onClick={() => narrow({ state: undefined, q: undefined, commit: undefined })}>
              Show all hosts
            </Button>
          </p>
        )}
      </section>
    </>
  );
}
