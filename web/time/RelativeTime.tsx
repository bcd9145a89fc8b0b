import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { clockLength, exactTime, relativeTime, roughLength } from './relative.ts';
import { useTime } from './useTime.ts';

/** "12 s ago", ticking, with the exact time on hover. A dash where there is no time. */
export function RelativeTime({ at, className }: { at: Timestamp | undefined; className?: string }) {
  const ms = at && timestampMs(at);
  const words = useTime((now) => (ms === undefined ? '–' : relativeTime(ms, now)));
  if (ms === undefined) return <span className={className}>–</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactTime(ms)} className={className}>
      {words}
    </time>
  );
}

/** How long something has lasted: "2 h", ticking, with its beginning on hover. */
export function Lasting({ since }: { since: Timestamp }) {
  const ms = timestampMs(since);
  const words = useTime((now) => roughLength(Math.max(0, now - ms)));
  return (
    <time dateTime={new Date(ms).toISOString()} title={`since ${exactTime(ms)}`}>
      {words}
    </time>
  );
}

/** The time that is left, counting down to the second. */
export function Countdown({ to, className }: { to: Timestamp; className?: string }) {
  const ms = timestampMs(to);
  const left = useTime((now) => clockLength(ms - now));
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactTime(ms)} className={className}>
      {left}
    </time>
  );
}
