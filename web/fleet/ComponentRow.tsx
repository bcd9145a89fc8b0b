import { Link } from '@tanstack/react-router';
import { useContext, type ReactNode } from 'react';
import { BuildSource, ComponentState, Evidence, type FleetComponent } from '#proto/muster/v1/fleet_pb.js';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { Lasting, RelativeTime } from '../time/RelativeTime.tsx';
import { useTime } from '../time/useTime.ts';
import { CommitLine, Sha } from './CommitLine.tsx';
import { componentStateLooks } from './component-states.ts';
import { StaleAfter, stateNow } from './freshness.ts';

const evidenceWords: Record<Evidence, string> = {
  [Evidence.UNSPECIFIED]: 'No evidence',
  [Evidence.SELF_REPORTED]: 'Self-reported',
  [Evidence.SIGNED]: 'Signed by the host',
  [Evidence.VERIFIED]: 'Verified by CI’s signature',
};

/** What each level of evidence means, on hover. */
const evidenceHints: Record<Evidence, string> = {
  [Evidence.UNSPECIFIED]: 'Nothing was reported.',
  [Evidence.SELF_REPORTED]: 'The host says so; nothing proves that it was this host.',
  [Evidence.SIGNED]: 'Signed with the host key, over a number that the control plane gave a moment before.',
  [Evidence.VERIFIED]: 'What runs there has the digest that a signed statement of CI names for this commit.',
};

const sourceWords: Record<BuildSource, string> = {
  [BuildSource.UNSPECIFIED]: 'source unknown',
  [BuildSource.BAKED]: 'from the process',
  [BuildSource.FILE]: 'from a file',
  [BuildSource.HTTP]: 'over HTTP',
  [BuildSource.COMMAND]: 'by a command',
  [BuildSource.WORKTREE]: 'from a working tree',
};

/** The widths that the rows and their headings share, where there is room for columns. */
export const componentGrid =
  '@columns:grid @columns:grid-cols-[minmax(0,1.25fr)_9.25rem_minmax(0,1fr)_8.5rem] @columns:gap-x-5';

/** One component of a host: what runs, whether it should, why not, what to do. */
export function ComponentRow({ component, children }: { component: FleetComponent; children?: ReactNode }) {
  const limitMs = useContext(StaleAfter);
  const state = useTime((now) => stateNow(component, now, limitMs));
  const turnedStale = state !== component.state;
  return (
    <li className={`${componentGrid} flex flex-col gap-2 px-4 py-3 text-table`}>
      <div className="min-w-0">
        <p className="truncate">
          <ComponentLink component={component} /> <span className="text-ink-faint">{component.repository}</span>
        </p>
        <div className="mt-0.5">
          <CommitLine commit={component.running} compareUrl={component.compareUrl} />
        </div>
        {component.onDisk && component.onDisk.sha !== component.running?.sha && (
          <p className="text-small text-ink-faint">
            On disk: <Sha sha={component.onDisk.sha} />
          </p>
        )}
      </div>
      <Cell label="State">
        <StatusPill look={componentStateLooks[state]} />
        <Distance component={component} />
      </Cell>
      <Cell label="Why">
        <p className={state === ComponentState.CURRENT ? 'text-ink-faint' : 'text-pretty'}>
          {turnedStale
            ? `The last report is older than ${limitMs / 1000} s, so nothing proves that it still runs this.`
            : component.sentence}
        </p>
        {component.probeError !== '' && (
          <p className="mt-0.5 font-mono text-code text-ink-muted wrap-anywhere">{component.probeError}</p>
        )}
        {component.nextStep !== '' && <p className="mt-0.5 text-pretty text-ink-muted">{component.nextStep}</p>}
      </Cell>
      <Cell label="Reported">
        <RelativeTime at={component.reportedAt} className="whitespace-nowrap" />
        <p className="text-small text-ink-faint" title={evidenceHints[component.evidence]}>
          {evidenceWords[component.evidence]}, {sourceWords[component.buildSource]}
        </p>
        <BuiltAndStarted component={component} />
      </Cell>
      {children !== undefined && <div className="min-w-0 @columns:col-span-full @columns:mt-1">{children}</div>}
    </li>
  );
}

/** To where it is seen over all hosts. */
const ComponentLink = ({ component: { repository, component } }: { component: FleetComponent }) =>
  repository === '' ? (
    <span className="font-medium">{component}</span>
  ) : (
    <Link {...paths.component(repository, component)} className="font-medium hover:text-link">
      {component}
    </Link>
  );

/** When the build was made, and since when its process runs, where that was told. */
function BuiltAndStarted({ component: { builtAt, startedAt } }: { component: FleetComponent }) {
  if (builtAt === undefined && startedAt === undefined) return null;
  return (
    <p className="text-small text-ink-faint">
      {builtAt && (
        <>
          Built <RelativeTime at={builtAt} />
        </>
      )}
      {builtAt && startedAt && ', '}
      {startedAt && (
        <>
          {builtAt ? 'started' : 'Started'} <RelativeTime at={startedAt} />
        </>
      )}
    </p>
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
          {' '}
          for <Lasting since={component.behindSince} />
        </>
      )}
    </p>
  );
}

/** A value with its name: written beside it where rows are stacked, only read out where columns have headings. */
function Cell({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-3 @columns:block">
      <span className="w-20 shrink-0 pt-px text-small text-ink-faint @columns:sr-only">{label}</span>
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
