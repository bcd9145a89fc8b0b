import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { useQuery } from '@connectrpc/connect-query';
import { useEffect, useRef } from 'react';
import { FleetService, type HistoryInterval } from '#proto/muster/v1/fleet_pb.js';
import { useTime } from '../time/useTime.ts';
import { Sparkline } from './Sparkline.tsx';

const weekMs = 7 * 86_400_000;
const hourMs = 3_600_000;
const most = 200;

interface ComponentSparkProps {
  readonly hostId: string;
  readonly component: string;
  /** What runs now: when that changes, so has the history. */
  readonly runningSha: string;
}

/** What a component of a host was in the last week, as a line without axes. */
export function ComponentSpark({ hostId, component, runningSha }: ComponentSparkProps) {
  const fromMs = useTime((ms) => Math.floor(ms / hourMs) * hourMs - weekMs);
  const { data, refetch } = useQuery(FleetService.method.listHistory, {
    hostId,
    component,
    from: timestampFromMs(fromMs),
    pageSize: most,
  });
  const asked = useRef(runningSha);
  useEffect(() => {
    if (asked.current === runningSha) return;
    asked.current = runningSha;
    void refetch();
  }, [refetch, runningSha]);
  const intervals = data?.intervals ?? [];
  const words = data && weekWords(intervals);
  return (
    <figure className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Sparkline intervals={intervals} fromMs={fromMs} className="min-w-32 flex-1" />
      <figcaption className="text-small text-ink-faint">{words ?? 'Asking what ran in the last week…'}</figcaption>
    </figure>
  );
}

function weekWords(intervals: readonly HistoryInterval[]): string {
  const commits = intervals.map(({ running }) => running?.sha ?? '').filter((sha) => sha !== '');
  const changes = commits.filter((sha, at) => at > 0 && sha !== commits[at - 1]).length;
  if (commits.length === 0) return 'Nothing is known of the last week';
  if (changes === 0) return 'The same commit in the last week';
  const times = changes === 1 ? 'once' : changes === 2 ? 'twice' : `${changes} times`;
  return `Changed ${times} in the last week`;
}
