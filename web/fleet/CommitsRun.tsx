import { Link } from '@tanstack/react-router';
import type { Repository } from '#proto/muster/v1/fleet_pb.js';
import { classes } from '../parts/classes.ts';
import { Panel } from '../parts/Page.tsx';
import { solid, StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { Lasting, RelativeTime } from '../time/RelativeTime.tsx';
import { CommitLine } from './CommitLine.tsx';
import { componentStateLooks } from './component-states.ts';
import { standingWords, statesOf, type CommitRun } from './commits-run.ts';

interface CommitsRunProps {
  readonly runs: readonly CommitRun[];
  readonly component: string;
  readonly repository: Repository | undefined;
  readonly repositoryName: string;
  /** The commit whose hosts alone are shown. */
  readonly chosen: string | undefined;
}

/** Who is where on main: the commits that a component runs somewhere, the head first, each with its hosts. */
export function CommitsRun({ runs, component, repository, repositoryName, chosen }: CommitsRunProps) {
  const branch = repository?.branch || 'main';
  const nobodyAtHead = repository?.head !== undefined && runs.every(({ isHead }) => !isHead);
  return (
    <Panel className="px-4 py-3 md:px-5">
      <ol aria-label={`Where on ${branch}`} className="flex flex-col">
        {nobodyAtHead && (
          <Station first last={runs.length === 0} tone="bg-line-strong">
            <div className="flex min-w-0 flex-col gap-0.5">
              <CommitLine commit={repository.head} />
              <Words words={`The head of ${branch}`} />
            </div>
            <span className="text-ink-faint">no host</span>
          </Station>
        )}
        {runs.map((run, at) => {
          const sha = run.commit?.sha ?? '';
          const states = statesOf(run, component);
          // Most of them stand so.
          const look = componentStateLooks[states[0]?.[0] ?? run.example.state];
          return (
            <Station key={sha} first={at === 0 && !nobodyAtHead} last={at === runs.length - 1} tone={solid[look.tone]}>
              <div className="flex min-w-0 flex-col gap-0.5">
                {run.commit ? (
                  <CommitLine commit={run.commit} compareUrl={run.isHead ? '' : run.example.compareUrl} />
                ) : (
                  <span className="text-ink-muted">Nothing that proves a commit</span>
                )}
                <Words words={standingWords(run, branch)}>
                  {run.example.behindSince && !run.isHead && run.commit && (
                    <>
                      {' '}
                      for <Lasting since={run.example.behindSince} />
                    </>
                  )}
                  {run.isHead && repository?.headObservedAt && (
                    <>
                      , seen <RelativeTime at={repository.headObservedAt} />
                    </>
                  )}
                </Words>
              </div>
              <div className="flex min-w-0 flex-col items-start gap-1">
                <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
                  <HostsLink
                    run={run}
                    chosen={chosen !== undefined && chosen === sha}
                    {...{ component, repositoryName }}
                  />
                  {states.map(([state, count]) => (
                    <span key={state} className="flex items-center gap-1">
                      <StatusPill look={componentStateLooks[state]} />
                      {states.length > 1 && <span className="text-small text-ink-muted">{count}</span>}
                    </span>
                  ))}
                </span>
                <Names run={run} />
              </div>
            </Station>
          );
        })}
      </ol>
    </Panel>
  );
}

interface StationProps {
  readonly first: boolean;
  readonly last: boolean;
  readonly tone: string;
  readonly children: React.ReactNode;
}

/** A commit on the line that main is. */
const Station = ({ first, last, tone, children }: StationProps) => (
  <li className="relative grid grid-cols-[1.25rem_minmax(0,1fr)] gap-x-2 py-2 text-table">
    <span
      aria-hidden
      className={classes('absolute left-1.5 w-px bg-line-strong', first ? 'top-4' : 'top-0', last ? 'h-4' : 'bottom-0')}
    />
    <span aria-hidden className={classes('relative mt-1.5 size-3 rounded-full ring-4 ring-panel', tone)} />
    <div className="grid min-w-0 gap-x-6 gap-y-1.5 md:grid-cols-2">{children}</div>
  </li>
);

const Words = ({ words, children }: { words: string; children?: React.ReactNode }) => (
  <span className="text-small text-ink-muted">
    {words}
    {children}
  </span>
);

interface HostsLinkProps {
  readonly run: CommitRun;
  readonly component: string;
  readonly repositoryName: string;
  readonly chosen: boolean;
}

/** Shows the hosts of one commit alone, and all of them again. */
function HostsLink({ run: { hosts, commit }, component, repositoryName, chosen }: HostsLinkProps) {
  const words = `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}`;
  if (commit === undefined) return <span className="font-medium">{words}</span>;
  return (
    <Link
      {...paths.component(repositoryName, component)}
      search={(before) => ({ ...before, commit: chosen ? undefined : commit.sha })}
      replace
      resetScroll={false}
      aria-current={chosen ? 'true' : undefined}
      className="inline-flex min-h-6 items-center rounded-control font-medium text-link hover:underline aria-[current]:bg-accent-soft aria-[current]:px-1.5"
    >
      {words}
      {chosen && <span className="sr-only">, shown alone below</span>}
    </Link>
  );
}

const named = 4;

/** The first of them by name, and how many more there are. */
const Names = ({ run: { hosts } }: { run: CommitRun }) => (
  <span className="flex flex-wrap gap-x-2.5 text-small">
    {hosts.slice(0, named).map(({ hostId, hostName }) => (
      <Link
        key={hostId}
        {...paths.host(hostId)}
        className="inline-flex min-h-6 items-center text-link wrap-anywhere hover:underline"
      >
        {hostName}
      </Link>
    ))}
    {hosts.length > named && (
      <span className="inline-flex min-h-6 items-center text-ink-muted">and {hosts.length - named} more</span>
    )}
  </span>
);
