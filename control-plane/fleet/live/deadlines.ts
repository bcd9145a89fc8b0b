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

/** The next deadline, or one that has passed since its host was read, with everything that is due within `gatherMs` of it. */
export function nextDeadline(
  { at, hosts, repositories }: FleetView,
  thresholds: Thresholds,
  gatherMs: number,
): Deadline | undefined {
  const seenMs = at.getTime();
  const { staleAfterMs, headTrustedMs } = thresholds;
  // Without lists of moments: it is asked after every change, and a large fleet has 100,000 of them.
  const byHost = (tell: (id: string, atMs: number) => void) => {
    for (const { id, components, readAt } of hosts.values()) {
      const readMs = readAt.getTime();
      const due = (atMs: number) => {
        if (atMs >= readMs) tell(id, atMs);
      };
      for (const { report, pin } of components) {
        const reportedMs = report.reportedAt.getTime();
        due(reportedMs + staleAfterMs * refreshShare);
        due(reportedMs + staleAfterMs + 1);
        if (pin?.until) due(pin.until.getTime() + 1);
      }
    }
  };
  const headMs = repositories
    .map(({ fetchedAt }) => (fetchedAt?.getTime() ?? -Infinity) + headTrustedMs + 1)
    .reduce((least, one) => (one >= seenMs && one < least ? one : least), Infinity);
  let atMs = headMs;
  byHost((_, oneMs) => {
    if (oneMs < atMs) atMs = oneMs;
  });
  if (atMs === Infinity) return undefined;
  const due = new Set<string>();
  byHost((id, oneMs) => {
    if (oneMs <= atMs + gatherMs) due.add(id);
  });
  return {
    atMs: atMs + (due.size > 1 ? gatherMs : 0),
    of: headMs <= atMs + gatherMs || due.size > mostAtOnce ? 'all' : [...due],
  };
}
