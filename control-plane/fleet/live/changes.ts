import type { FleetView, HostView } from '../views.ts';

/** Stands for the summary in a list of changed ids: the repositories have changed, no host need have. */
export const summaryId = '';

/** What a host's page would show, but for how fresh it is. */
const fingerprint = (host: HostView): string =>
  JSON.stringify({ ...host, lastSeenAt: null, components: host.components.map((one) => ({ ...one, report: { ...one.report, reportedAt: null } })) });

const repositoriesOf = ({ repositories }: FleetView): string => JSON.stringify(repositories.map((one) => ({ ...one, fetchedAt: null })));

/** Since when what is shown of a host is true: its oldest report. */
export function freshness({ components, lastSeenAt }: HostView): number {
  const times = components.map(({ report }) => report.reportedAt.getTime());
  return times.length === 0 ? (lastSeenAt?.getTime() ?? 0) : Math.min(...times);
}

/**
 * The ids of hosts that differ, of those that are gone, and of the summary. Mere freshness is no difference, unless
 * what was told of the host is older than `oldestMs`: watchers that hear nothing of it must take it for silent.
 */
export function changedIds(before: FleetView, after: FleetView, told: ReadonlyMap<string, number>, oldestMs: number): string[] {
  const hosts = [...after.hosts.values()].filter((host) => {
    const previous = before.hosts.get(host.id);
    if (previous === host) return false;
    const toldAt = told.get(host.id) ?? 0;
    const outdated = freshness(host) > toldAt && after.at.getTime() - toldAt > oldestMs;
    return previous === undefined || outdated || fingerprint(previous) !== fingerprint(host);
  });
  const gone = [...before.hosts.keys()].filter((id) => !after.hosts.has(id));
  const summary = repositoriesOf(before) === repositoriesOf(after) ? [] : [summaryId];
  return [...hosts.map(({ id }) => id), ...gone, ...summary];
}

/** Puts a part that was read anew into the whole. */
export function merge(whole: FleetView, part: FleetView, ids: readonly string[]): FleetView {
  const hosts = new Map(whole.hosts);
  for (const id of ids) hosts.delete(id);
  for (const [id, host] of part.hosts) hosts.set(id, host);
  return { ...part, hosts };
}
