import type { Thresholds } from '../facts.ts';
import type { FleetView } from '../views.ts';

/** When time alone makes something else of what is shown, by the database's clock in milliseconds. */
export interface Deadline {
  readonly atMs: number;
  /** What must be read again then. */
  readonly of: readonly string[] | 'all';
}

/** After this part of the time in which a report goes stale, it is looked whether there is a newer one to tell of. */
const refreshShare = 2 / 3;
/** So many hosts that are due together are read as quickly with all others. */
const mostAtOnce = 1000;

/** The next deadline after the view was true, with everything that is due within `gatherMs` of it. */
export function nextDeadline(
  { at, hosts, repositories }: FleetView,
  thresholds: Thresholds,
  gatherMs: number,
): Deadline | undefined {
  const seenMs = at.getTime();
  const ahead = (startMs: number, ...afterMs: number[]) =>
    afterMs.map((ms) => startMs + ms).filter((ms) => ms >= seenMs);
  const { staleAfterMs, headTrustedMs } = thresholds;
  const byHost = [...hosts.values()].flatMap(({ id, components }) =>
    components.flatMap(({ report, pin }) =>
      [
        ...ahead(report.reportedAt.getTime(), staleAfterMs * refreshShare, staleAfterMs + 1),
        ...(pin?.until ? ahead(pin.until.getTime(), 1) : []),
      ].map((atMs) => ({ id, atMs })),
    ),
  );
  const trusted = repositories.flatMap(({ fetchedAt }) =>
    fetchedAt ? ahead(fetchedAt.getTime(), headTrustedMs + 1) : [],
  );
  const headMs = earliest(trusted);
  const atMs = Math.min(headMs, earliest(byHost.map((one) => one.atMs)));
  if (atMs === Infinity) return undefined;
  const due = new Set(byHost.filter((one) => one.atMs <= atMs + gatherMs).map(({ id }) => id));
  return {
    atMs: atMs + (due.size > 1 ? gatherMs : 0),
    of: headMs <= atMs + gatherMs || due.size > mostAtOnce ? 'all' : [...due],
  };
}

// Not `Math.min(...all)`: a large fleet has more of them than a call takes arguments.
const earliest = (all: readonly number[]): number => all.reduce((least, one) => (one < least ? one : least), Infinity);
