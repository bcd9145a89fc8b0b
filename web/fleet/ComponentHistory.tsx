import { useQuery } from '@connectrpc/connect-query';
import { FleetService, type HistoryInterval } from '#proto/muster/v1/fleet_pb.js';
import { toMs } from '../live/server-time.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useTime } from '../time/useTime.ts';
import { Sha } from './CommitLine.tsx';
import { sparkOf } from './sparkline.ts';

const most = 20;
/** The bar moves on so often. */
const tickMs = 10_000;
/** Told apart from their neighbours; the list below says which is which. */
const tones = ['bg-accent', 'bg-moving-solid'] as const;

/** What a component was: a bar of its intervals, and the intervals themselves, newest first. */
export function ComponentHistory({ hostId, component }: { hostId: string; component: string }) {
  const { data, error } = useQuery(FleetService.method.listHistory, { hostId, component, pageSize: most });
  if (error) return <ProblemNote problem={toProblem(error)} />;
  if (!data) return <p className="text-table text-ink-muted">Asking what ran there…</p>;
  if (data.intervals.length === 0) return <p className="text-table text-ink-muted">Nothing was reported yet.</p>;
  return (
    <div className="flex flex-col gap-2">
      <Sparkline intervals={data.intervals} />
      <ol className="flex flex-col gap-1 text-table" aria-label={`History of ${component}`}>
        {data.intervals.map((interval) => (
          <li key={`${toMs(interval.from)}`} className="flex flex-wrap items-baseline gap-x-3">
            {interval.running ? <Sha sha={interval.running.sha} /> : <span className="text-ink-muted">not known</span>}
            <span className="min-w-0 flex-1 basis-40 truncate">
              {interval.running?.subject}
              {interval.dirty && ' (with uncommitted changes)'}
            </span>
            <span className="text-small text-ink-muted">
              from <RelativeTime at={interval.from} />
              {interval.to ? (
                <>
                  {' '}
                  to <RelativeTime at={interval.to} />
                </>
              ) : (
                ' on'
              )}
            </span>
          </li>
        ))}
      </ol>
      {data.nextPageToken !== '' && (
        <p className="text-small text-ink-muted">The newest {most} are shown; muster fleet history has them all.</p>
      )}
    </div>
  );
}

function Sparkline({ intervals }: { intervals: readonly HistoryInterval[] }) {
  const now = useTime((ms) => Math.floor(ms / tickMs) * tickMs);
  const parts = sparkOf(intervals, now);
  return (
    <div aria-hidden className="relative h-3 w-full overflow-hidden rounded-control bg-hover">
      {parts.map(({ left, width, turn }) => (
        <span
          key={left}
          className={`absolute inset-y-0 ${tones[turn % tones.length]}`}
          style={{ left: `${left}%`, width: `max(2px, ${width}%)` }}
        />
      ))}
    </div>
  );
}
