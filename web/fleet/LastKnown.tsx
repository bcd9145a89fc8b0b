import { roughLength } from '../time/relative.ts';
import { useTime } from '../time/useTime.ts';

/** Says how old what is shown is, while the stream is broken. By the browser's own clock: it is a length, not a time of day. */
export function LastKnown({ sinceMs }: { sinceMs: number }) {
  const ago = useTime(() => roughLength(Math.max(0, Date.now() - sinceMs)));
  return <p className="mt-0.5 text-table text-ink-muted">That was known {ago} ago; the connection broke then.</p>;
}
