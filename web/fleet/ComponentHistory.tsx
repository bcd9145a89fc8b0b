import { useQuery } from '@connectrpc/connect-query';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { toMs } from '../live/server-time.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { Sha } from './CommitLine.tsx';
import { Sparkline } from './Sparkline.tsx';

const most = 20;

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
