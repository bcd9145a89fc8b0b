import { useQuery } from '@connectrpc/connect-query';
import { Unplug } from 'lucide-react';
import { RolloutService, UpdateState, type Rollout, type RolloutUpdate } from '#proto/muster/v1/rollout_pb.js';
import { Sha } from '../fleet/CommitLine.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { useSettled } from '../parts/useSettled.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';
import { batchName } from './looks.ts';
import { rolloutRefusal } from './may-manage.ts';
import { isComplete, toRequest, type RolloutPlan } from './plan.ts';

/** A batch shows so many hosts; of the others it says how many they are. */
const shownHosts = 20;
/** The first batches are shown; a large fleet has hundreds. */
const shownBatches = 20;

/** What the plan would do now, as the server says it: which hosts, in which batches. */
export function Preview({ plan }: { plan: RolloutPlan }) {
  const settled = useSettled(plan);
  const mayAsk = rolloutRefusal(useCaller()) === undefined;
  const { data, error, refetch } = useQuery(
    RolloutService.method.createRollout,
    { ...toRequest(settled), dryRun: true },
    {
      enabled: mayAsk && isComplete(settled),
      retry: false,
      refetchInterval: 10_000,
      placeholderData: (before) => before,
    },
  );
  return (
    <div className="lg:sticky lg:top-17">
      <Section title="What it would do">
        {!isComplete(plan) ? (
          <Panel className="px-4 py-3 text-table text-ink-muted">
            The hosts, batch by batch, appear here once it is said what is rolled out where.
          </Panel>
        ) : error ? (
          <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />
        ) : data?.rollout ? (
          <Draft rollout={data.rollout} />
        ) : (
          <TableSkeleton rows={3} columns={2} />
        )}
      </Section>
    </div>
  );
}

function Draft({ rollout }: { rollout: Rollout }) {
  const { targetSha, targetSubject, updates } = rollout;
  const batches = Map.groupBy(updates, ({ batch }) => batch);
  const meant = updates.filter(({ state }) => state !== UpdateState.SKIPPED);
  const there = meant.filter(({ fromSha }) => fromSha === targetSha).length;
  const away = new Set(meant.filter(({ connected }) => !connected).map(({ hostId }) => hostId)).size;
  return (
    <Panel className="flex flex-col gap-3 p-4 text-table">
      <p role="status" className="font-medium text-pretty">
        {rollout.sentence}
      </p>
      <p className="text-ink-muted">
        To <Sha sha={targetSha} /> {targetSubject}.
        {there > 0 && ` ${there} of ${meant.length} ${there === 1 ? 'runs' : 'run'} it already.`}
        {away > 0 && ` ${away} ${away === 1 ? 'host is' : 'hosts are'} away now.`}
      </p>
      <ol aria-label="Batches" className="flex max-h-[60dvh] flex-col gap-3 overflow-y-auto">
        {[...batches].slice(0, shownBatches).map(([batch, members]) => (
          <li key={batch} className="flex flex-col gap-1">
            <h3 className="text-small font-medium text-ink-faint">
              {batchName(batch)}, {members.length}
            </h3>
            <ul className="divide-y divide-line rounded-control ring-1 ring-line ring-inset">
              {members.slice(0, shownHosts).map((update) => (
                <Member key={`${update.hostId} ${update.component}`} update={update} target={targetSha} />
              ))}
            </ul>
            {members.length > shownHosts && (
              <p className="text-small text-ink-faint">and {members.length - shownHosts} more</p>
            )}
          </li>
        ))}
      </ol>
      {batches.size > shownBatches && (
        <p className="text-small text-ink-faint">
          and {batches.size - shownBatches} more {batches.size - shownBatches === 1 ? 'batch' : 'batches'}
        </p>
      )}
    </Panel>
  );
}

function Member({ update, target }: { update: RolloutUpdate; target: string }) {
  const { hostName, component, fromSha, connected, state, reason } = update;
  const leftOut = state === UpdateState.SKIPPED;
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-2 px-2.5 py-1">
      <span className="font-medium wrap-anywhere">{hostName}</span>
      <span className="text-ink-muted">{component}</span>
      {!connected && (
        <span className="flex items-center gap-1 text-small text-ink-faint">
          <Unplug aria-hidden className="size-3.5" /> away
        </span>
      )}
      <span className="ml-auto flex items-baseline gap-1.5 text-small text-ink-faint">
        {fromSha === '' ? 'unknown' : <Sha sha={fromSha} />}
        {leftOut ? 'left out' : fromSha === target ? 'there already' : <>→ {target.slice(0, 7)}</>}
      </span>
      {leftOut && <p className="w-full text-small text-ink-muted">{reason}</p>}
    </li>
  );
}
