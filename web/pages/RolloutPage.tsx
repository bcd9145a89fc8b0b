import { Code } from '@connectrpc/connect';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Rocket, X } from 'lucide-react';
import type { Rollout } from '#proto/muster/v1/rollout_pb.js';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { CopyButton } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page, Panel, Section } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness, StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem, type Problem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useRollout } from '../rollouts/feed.ts';
import { isOver, rolloutLooks } from '../rollouts/looks.ts';
import { RolloutActions } from '../rollouts/RolloutActions.tsx';
import { RolloutFacts } from '../rollouts/RolloutFacts.tsx';
import { updateStateWords, wordOfUpdate, type RolloutSearch } from '../rollouts/search.ts';
import { UpdateBar, UpdateLegend } from '../rollouts/UpdateBar.tsx';
import { UpdateTable } from '../rollouts/UpdateTable.tsx';
import type { Output } from '../runs/output.ts';
import { OutputView } from '../runs/RunEntry.tsx';

const trail = (
  <Link {...paths.rollouts()} className="hover:text-link">
    Rollouts
  </Link>
);

const noSuch = (
  <EmptyState
    icon={Rocket}
    title="There is no such rollout"
    action={
      <Link {...paths.rollouts()} className={buttonClasses('secondary')}>
        All rollouts
      </Link>
    }
  >
    The address is not right, or you may not see it.
  </EmptyState>
);

export function RolloutPage() {
  const { rolloutId } = useParams({ from: '/signed-in/rollouts/$rolloutId' });
  const search = useSearch({ from: '/signed-in/rollouts/$rolloutId' });
  const navigate = useNavigate({ from: '/rollouts/$rolloutId' });
  const { phase, state, error } = useRollout(rolloutId, search.host ?? '');
  const narrow = (change: RolloutSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const rollout = state?.rollout;
  return (
    <Page
      title={rollout ? `${rollout.components.join(', ')} to ${rollout.targetSha.slice(0, 7)}` : 'Rollout'}
      trail={trail}
      mark={
        rollout && (
          <Freshness phase={phase}>
            <StatusPill look={rolloutLooks[rollout.state]} />
          </Freshness>
        )
      }
      actions={rollout && <RolloutActions rollout={rollout} />}
    >
      <Freshness phase={phase} className="flex flex-col gap-6">
        {phase === 'refused' && <Refused problem={toProblem(error)} />}
        {rollout === undefined && phase !== 'refused' && <DetailSkeleton />}
        {rollout && <RolloutView rollout={rollout} log={state.log} search={search} onNarrow={narrow} />}
      </Freshness>
    </Page>
  );
}

/** A rollout that there is not, or that may not be seen. */
const Refused = ({ problem }: { problem: Problem }) =>
  problem.code === Code.NotFound || problem.code === Code.InvalidArgument ? noSuch : <ProblemNote problem={problem} />;

interface RolloutViewProps {
  readonly rollout: Rollout;
  readonly log: Output;
  readonly search: RolloutSearch;
  readonly onNarrow: (change: RolloutSearch) => void;
}

function RolloutView({ rollout, log, search, onNarrow }: RolloutViewProps) {
  const chosen = search.state === undefined ? undefined : updateStateWords[search.state];
  const updates = rollout.updates.filter(({ state }) => chosen === undefined || state === chosen);
  return (
    <>
      <Panel className="flex flex-col gap-4 p-4 md:p-5">
        <p role="status" className="text-statement font-medium text-pretty">
          {rollout.sentence}
        </p>
        <UpdateBar counts={rollout.counts} />
        <UpdateLegend
          counts={rollout.counts}
          chosen={chosen}
          onChoose={(state) => onNarrow({ state: state === undefined ? undefined : wordOfUpdate(state) })}
        />
      </Panel>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="flex min-w-0 flex-col gap-6">
          <Section title="Hosts">
            <UpdateTable
              rollout={rollout}
              updates={updates}
              onLog={(host) => onNarrow({ host })}
              onClear={() => onNarrow({ state: undefined })}
            />
          </Section>
          <LogSection rollout={rollout} log={log} host={search.host} onAll={() => onNarrow({ host: undefined })} />
        </div>
        <Section title="How">
          <RolloutFacts rollout={rollout} />
        </Section>
      </div>
    </>
  );
}

interface LogSectionProps {
  readonly rollout: Rollout;
  readonly log: Output;
  readonly host: string | undefined;
  readonly onAll: () => void;
}

function LogSection({ rollout, log, host, onAll }: LogSectionProps) {
  const text = log.segments.map((segment) => segment.text).join('');
  const name = rollout.updates.find(({ hostId }) => hostId === host)?.hostName ?? host;
  return (
    <Section
      title={host === undefined ? 'What the update commands write' : `What ${name} writes`}
      aside={
        <span className="flex items-center gap-1">
          {host !== undefined && (
            <Button small icon={X} onClick={onAll}>
              All hosts
            </Button>
          )}
          {text !== '' && <CopyButton text={text} label="Copy log" look="quiet" />}
        </span>
      }
    >
      {text === '' ? (
        <Panel className="px-4 py-3 text-table text-ink-muted">
          {isOver(rollout.state)
            ? 'Nothing was written.'
            : 'Nothing was written yet. It appears here as it is written.'}
        </Panel>
      ) : (
        <OutputView output={log} />
      )}
    </Section>
  );
}
