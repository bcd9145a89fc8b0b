import type { Pin } from '../pins/store.ts';
import type { Report } from '../report.ts';
import type { CommitView, ComponentView, FleetView, HostView } from '../views.ts';

/** Stands for the summary in a list of changed ids: the repositories have changed, no host need have. */
export const summaryId = '';

/** Everything else is made of these. Compared field by field: as text, 10,000 hosts took seconds. */
const sameComponent = (one: ComponentView, other: ComponentView): boolean =>
  one.state === other.state &&
  one.sentence === other.sentence &&
  one.nextStep === other.nextStep &&
  one.behind === other.behind &&
  one.ahead === other.ahead &&
  sameTime(one.behindSince, other.behindSince) &&
  sameCommit(one.running, other.running) &&
  sameCommit(one.onDisk, other.onDisk) &&
  sameCommit(one.target, other.target) &&
  one.compareUrl === other.compareUrl &&
  one.evidence === other.evidence &&
  samePin(one.pin, other.pin) &&
  sameReport(one.report, other.report);

const sameReport = (one: Report, other: Report): boolean =>
  one.component === other.component &&
  one.repository === other.repository &&
  one.dirty === other.dirty &&
  one.buildSource === other.buildSource &&
  one.probeError === other.probeError &&
  sameTime(one.builtAt, other.builtAt) &&
  sameTime(one.startedAt, other.startedAt);

const samePin = (one: Pin | undefined, other: Pin | undefined): boolean =>
  one === other ||
  (one?.sha === other?.sha &&
    one?.reason === other?.reason &&
    one?.pinnedByName === other?.pinnedByName &&
    sameTime(one?.pinnedAt, other?.pinnedAt) &&
    sameTime(one?.until, other?.until));

const sameCommit = (one: CommitView | undefined, other: CommitView | undefined): boolean =>
  one === other || (one?.sha === other?.sha && one?.subject === other?.subject && one?.url === other?.url);

const sameTime = (one: Date | null | undefined, other: Date | null | undefined): boolean =>
  one?.getTime() === other?.getTime();

/** Whether a page would show the same of the host, but for how fresh it is. */
const sameHost = (one: HostView, other: HostView): boolean =>
  one.name === other.name &&
  one.teamId === other.teamId &&
  one.teamName === other.teamName &&
  one.status === other.status &&
  one.components.length === other.components.length &&
  one.components.every((component, at) => sameComponent(component, other.components[at]!)) && // as many on both sides
  JSON.stringify(one.labels) === JSON.stringify(other.labels);

const repositoriesOf = ({ repositories }: FleetView): string =>
  JSON.stringify(repositories.map((one) => ({ ...one, fetchedAt: null })));

/** Since when what is shown of a host is true: its oldest report. */
export function freshness({ components, lastSeenAt }: HostView): number {
  const times = components.map(({ report }) => report.reportedAt.getTime());
  return times.length === 0 ? (lastSeenAt?.getTime() ?? 0) : Math.min(...times);
}

/**
 * The ids of hosts that differ, of those that are gone, and of the summary. Mere freshness is no difference, unless
 * what was told of the host is older than `oldestMs`: watchers that hear nothing of it must take it for silent.
 */
export function changedIds(
  before: FleetView,
  after: FleetView,
  told: ReadonlyMap<string, number>,
  oldestMs: number,
): string[] {
  const hosts = [...after.hosts.values()].filter((host) => {
    const previous = before.hosts.get(host.id);
    if (previous === host) return false;
    const toldAt = told.get(host.id) ?? 0;
    const outdated = freshness(host) > toldAt && after.at.getTime() - toldAt > oldestMs;
    return previous === undefined || outdated || !sameHost(previous, host);
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
