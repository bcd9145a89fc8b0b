import { Link } from '@tanstack/react-router';
import { durationMs, type Duration } from '@bufbuild/protobuf/wkt';
import { OfflinePolicy, type Rollout, type RolloutStrategy } from '#proto/muster/v1/rollout_pb.js';
import { Sha } from '../fleet/CommitLine.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Panel } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { roughLength } from '../time/relative.ts';
import { Countdown, RelativeTime } from '../time/RelativeTime.tsx';
import { batchName, isOver } from './looks.ts';

const lengthOf = (duration: Duration | undefined): number => (duration ? durationMs(duration) : 0);

/** What is rolled out, by whom, and how it goes about it. */
export function RolloutFacts({ rollout }: { rollout: Rollout }) {
  const { id, repository, targetSha, targetSubject, reason, createdBy, createdAt, endedAt, soaksUntil } = rollout;
  const { strategy, batch, batches, state } = rollout;
  return (
    <Panel>
      <Facts
        facts={[
          {
            term: 'Target',
            value: (
              <>
                <Sha sha={targetSha} /> {targetSubject}
              </>
            ),
          },
          { term: 'Built from', value: repository },
          reason !== '' && { term: 'Why', value: reason },
          {
            term: 'Started',
            value: (
              <>
                <RelativeTime at={createdAt} /> by {createdBy}
              </>
            ),
          },
          endedAt && { term: 'Ended', value: <RelativeTime at={endedAt} /> },
          !isOver(state) && batches > 1 && { term: 'Now', value: `${batchName(batch)}, of ${batches} batches` },
          soaksUntil && {
            term: 'Soaks for',
            value: (
              <>
                <Countdown to={soaksUntil} /> more
              </>
            ),
          },
          ...(strategy ? strategyFacts(strategy) : []),
          rollout.includePinned && { term: 'Pinned', value: 'Moved, too; its pin stays' },
          { term: 'Id', value: <CopyText text={id} label="the id" /> },
          {
            term: 'Audit',
            value: (
              <Link {...paths.auditOf({ target: id })} className="text-link hover:underline">
                Who did what with it
              </Link>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function strategyFacts(strategy: RolloutStrategy) {
  const { canaryHosts, batchSize, maxFailures, offline, returnOnFailure } = strategy;
  const soakMs = lengthOf(strategy.soak);
  return [
    {
      term: 'Order',
      value: [
        canaryHosts > 0 && `${canaryHosts} ${canaryHosts === 1 ? 'canary' : 'canaries'} first`,
        batchSize > 0 ? `${batchSize} at a time` : canaryHosts > 0 ? 'then all at once' : 'All at once',
      ]
        .filter((part) => part !== false)
        .join(', '),
    },
    soakMs > 0 && { term: 'Soak', value: `${roughLength(soakMs)} after each batch` },
    {
      term: 'On failure',
      value: `${maxFailures === 0 ? 'Stops at the first' : `Stops after more than ${maxFailures}`}${
        returnOnFailure ? '; the host goes back to the commit before' : ''
      }`,
    },
    {
      term: 'Hosts away',
      value:
        offline === OfflinePolicy.SKIP
          ? 'Left out'
          : `Caught up with within ${roughLength(lengthOf(strategy.catchUpFor))}`,
    },
    { term: 'Proof', value: `The process reports it within ${roughLength(lengthOf(strategy.verifyWithin))}` },
  ];
}
