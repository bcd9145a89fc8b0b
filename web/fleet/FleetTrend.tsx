import { useQuery } from '@connectrpc/connect-query';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { useTime } from '../time/useTime.ts';
import { trendOf, trendSentence } from './trend.ts';

/** It is written down every ten minutes. */
const askEveryMs = 300_000;
/** The bar moves on so often. */
const tickMs = 60_000;

/** How many machines were current in the last week, as a line without axes; nothing while there is nothing to see. */
export function FleetTrend() {
  const now = useTime((ms) => Math.floor(ms / tickMs) * tickMs);
  const { data } = useQuery(FleetService.method.listFleetStandings, {}, { refetchInterval: askEveryMs });
  const standings = data?.standings ?? [];
  const sentence = trendSentence(standings, now);
  if (sentence === undefined) return null;
  return (
    <figure className="flex flex-col gap-1">
      <svg aria-hidden viewBox="0 0 100 100" preserveAspectRatio="none" className="h-8 w-full rounded-control bg-hover">
        {trendOf(standings, now).map(({ left, width, share }) => (
          <rect key={left} x={left} width={width} y={100 - share} height={share} className="fill-good-solid" />
        ))}
      </svg>
      <figcaption className="text-small text-ink-faint">{sentence}</figcaption>
    </figure>
  );
}
