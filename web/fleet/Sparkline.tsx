import type { HistoryInterval } from '#proto/muster/v1/fleet_pb.js';
import { classes } from '../parts/classes.ts';
import { useTime } from '../time/useTime.ts';
import { sparkOf } from './sparkline.ts';

/** The bar moves on so often. */
const tickMs = 10_000;
/** Told apart from their neighbours; words beside it say which is which. */
const tones = ['bg-accent', 'bg-moving-solid'] as const;

interface SparklineProps {
  /** Newest first. */
  readonly intervals: readonly HistoryInterval[];
  /** Where the bar begins; with the first interval where nothing is said. */
  readonly fromMs?: number;
  readonly className?: string;
}

/** What ran when, as one bar up to now: another colour for another commit, nothing where nothing is known. */
export function Sparkline({ intervals, fromMs, className = 'w-full' }: SparklineProps) {
  const now = useTime((ms) => Math.floor(ms / tickMs) * tickMs);
  return (
    <div aria-hidden className={classes('relative h-3 overflow-hidden rounded-control bg-hover', className)}>
      {sparkOf(intervals, now, fromMs).map(({ left, width, turn }) => (
        <span
          key={left}
          className={`absolute inset-y-0 ${tones[turn % tones.length]}`}
          // What has just begun is seen at the end, too.
          style={{ left: `min(${left}%, 100% - 2px)`, width: `max(2px, ${width}%)` }}
        />
      ))}
    </div>
  );
}
