import type { ReactNode } from 'react';
import { BuildSource, ComponentState, Evidence, type FleetComponent } from '#proto/muster/v1/fleet_pb.js';
import { classes } from '../parts/classes.ts';
import { StatusPill } from '../parts/Status.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useTime } from '../time/useTime.ts';
import { CommitLine, Sha } from './CommitLine.tsx';
import { componentStateLooks } from './component-states.ts';
import { stateNow } from './freshness.ts';

const evidenceWords: Record<Evidence, string> = {
  [Evidence.UNSPECIFIED]: 'no evidence',
  [Evidence.SELF_REPORTED]: 'self-reported',
  [Evidence.SIGNED]: 'signed by the host',
  [Evidence.VERIFIED]: 'verified',
};

const sourceWords: Record<BuildSource, string> = {
  [BuildSource.UNSPECIFIED]: 'source unknown',
  [BuildSource.BAKED]: 'from the process',
  [BuildSource.FILE]: 'from a file',
  [BuildSource.HTTP]: 'over HTTP',
  [BuildSource.COMMAND]: 'by a command',
  [BuildSource.WORKTREE]: 'from a working tree',
};

/** The widths that the rows and their headings share on a wide page. */
export const componentGrid = 'lg:grid lg:grid-cols-[8.5rem_minmax(0,1fr)_9.5rem_minmax(0,1.15fr)_7.5rem] lg:gap-x-4';

/** One component of a host: what runs, whether it should, why not, what to do. `stacked` where there is little width. */
export function ComponentRow({ component, stacked = false }: { component: FleetComponent; stacked?: boolean }) {
  const state = useTime((now) => stateNow(component, now));
  const turnedStale = state !== component.state;
  const current = state === ComponentState.CURRENT;
  return (
    <li data-stacked={stacked || undefined} className={classes('group/component flex flex-col gap-1.5 px-4 py-2.5 text-table', !stacked && componentGrid)}>
      <Cell label="Component">
        <p className="font-medium wrap-anywhere">{component.component}</p>
        <p className="truncate text-small text-ink-faint">{component.repository}</p>
      </Cell>
      <Cell label="Runs">
        <CommitLine commit={component.running} compareUrl={component.compareUrl} />
        {component.onDisk && component.onDisk.sha !== component.running?.sha && (
          <p className="text-small text-ink-faint">
            On disk <Sha sha={component.onDisk.sha} />
          </p>
        )}
      </Cell>
      <Cell label="State">
        <StatusPill look={componentStateLooks[state]} />
        <Distance component={component} />
      </Cell>
      <Cell label="Why">
        <p className={current ? 'text-ink-faint' : 'text-pretty'}>
          {turnedStale ? 'The last report is older than 90 s, so nothing proves that it still runs this.' : component.sentence}
        </p>
        {component.probeError !== '' && <p className="mt-0.5 font-mono text-code text-ink-muted wrap-anywhere">{component.probeError}</p>}
        {component.nextStep !== '' && <p className="mt-0.5 text-ink-muted">{component.nextStep}</p>}
      </Cell>
      <Cell label="Reported">
        <RelativeTime at={component.reportedAt} className="whitespace-nowrap" />
        <p className="text-small text-ink-faint">
          {evidenceWords[component.evidence]}, {sourceWords[component.buildSource]}
        </p>
      </Cell>
    </li>
  );
}

function Distance({ component }: { component: FleetComponent }) {
  const parts = [
    component.behind > 0 && `${component.behind} behind`,
    component.ahead > 0 && `${component.ahead} ahead`,
    component.dirty && component.state !== ComponentState.DIRTY && 'dirty',
  ].filter((part) => part !== false);
  if (parts.length === 0) return null;
  return (
    <p className="mt-1 text-small text-ink-muted">
      {parts.join(', ')}
      {component.behindSince && (
        <>
          , since <RelativeTime at={component.behindSince} />
        </>
      )}
    </p>
  );
}

function Cell({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-3 lg:group-not-data-stacked/component:block">
      <span className="w-20 shrink-0 pt-px text-small text-ink-faint lg:group-not-data-stacked/component:sr-only">{label}</span>
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
