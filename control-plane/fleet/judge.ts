import { ComponentState, Evidence } from '#proto/muster/v1/fleet_pb.js';
import { classify, worstState } from './classify.ts';
import { formOfCommitId } from './commit-id.ts';
import { gatherFacts, type Facts, type Target, type Thresholds } from './facts.ts';
import type { CommitFacts } from './git/commits.ts';
import type { Lineage } from './git/lineage.ts';
import type { Pin } from './pins/store.ts';
import { reportedCommits, type Report } from './report.ts';
import { forgePages, type ForgePages } from './repositories/forge.ts';
import type { Repository } from './repositories/store.ts';
import type { HostRow } from './store.ts';
import type { CommitView, ComponentView, HostView } from './views.ts';

/** How commits stand to another, by commit. Undefined where this replica cannot tell. */
export type Lineages = ReadonlyMap<string, Lineage> | undefined;

/** What git and the database know of one repository, as far as reports ask for it. */
export interface Knowledge {
  readonly repository: Repository;
  /** To the head. */
  readonly lineages: Lineages;
  /** The same for commits that components are pinned at, by these. */
  readonly pinned: ReadonlyMap<string, Lineages>;
  readonly commits: ReadonlyMap<string, CommitFacts>;
  readonly pages: ForgePages | undefined;
}

/** What is known, and what follows from the address. */
export const knowledgeOf = (
  repository: Repository,
  found: Pick<Knowledge, 'lineages' | 'commits'> & Partial<Pick<Knowledge, 'pinned'>>,
): Knowledge => ({
  repository,
  pinned: new Map(),
  ...found,
  pages: forgePages(repository.url),
});

/** The full commit ids that reports name: those that must be judged, and those that are only shown. */
export function namedCommits(reports: readonly Report[]): { running: string[]; shown: string[] } {
  const named = reports.map(reportedCommits);
  const full = (shas: string[]) => [...new Set(shas.filter((sha) => formOfCommitId(sha) === 'full'))];
  return {
    running: full(named.map(({ running }) => running)),
    shown: full(named.flatMap(({ running, onDisk }) => [running, onDisk])),
  };
}

/** Judges a host by its reports. A pure function: what it needs of git was asked before. */
export function judgeHost(
  host: HostRow,
  reports: readonly Report[],
  pins: readonly Pin[],
  knowledge: ReadonlyMap<string, Knowledge>,
  now: Date,
  thresholds: Thresholds,
): HostView {
  const components = reports.map((report) => {
    const known = knowledge.get(report.repository);
    const pin = pins.find(({ component }) => component === report.component);
    return { ...judgeComponent(report, known, known && wantedOf(known, pin), now, thresholds), pin };
  });
  const state = worstState(components.map((component) => component.state));
  const since = components.flatMap((component) =>
    component.state === state && component.behindSince ? [component.behindSince.getTime()] : [],
  );
  const behindSince = state === ComponentState.BEHIND && since.length > 0 ? new Date(Math.min(...since)) : undefined;
  return { ...host, state, behindSince, components };
}

/** The commit that should run, and how others stand to it. */
export interface Wanted {
  readonly target: Target;
  readonly lineages: Lineages;
}

/** The branch's head, or a pin that is another commit. */
function wantedOf(known: Knowledge, pin: Pin | undefined): Wanted {
  const target = targetOf(known.repository);
  if (!pin || pin.sha === target.head) return { target, lineages: known.lineages };
  const called = `its pin ${pin.sha.slice(0, 7)}`;
  return { target: { ...target, head: target.head && pin.sha, called, pin }, lineages: known.pinned.get(pin.sha) };
}

/** Judges a component against what is wanted of it. */
export function judgeComponent(
  report: Report,
  known: Knowledge | undefined,
  wanted: Wanted | undefined,
  now: Date,
  thresholds: Thresholds,
): ComponentView {
  const target = wanted?.target;
  const facts = gatherFacts(report, target, wanted?.lineages?.get(reportedCommits(report).running), now, thresholds);
  const { lineage, running, onDisk } = facts;
  const show = (sha: string | undefined) => (sha ? commitView(sha, known) : undefined);
  const comparable = lineage && lineage.kind !== 'unknown' && lineage.kind !== 'same' && target?.head;
  return {
    ...classify(facts),
    report,
    running: show(runs(facts) ? running : undefined),
    onDisk: show(onDisk === running && runs(facts) ? undefined : onDisk),
    target: show(target?.head),
    behind: lineage && 'behind' in lineage ? lineage.behind : 0,
    ahead: lineage && 'ahead' in lineage ? lineage.ahead : 0,
    // Since when is known of the branch alone: its heads were seen.
    behindSince: lineage && 'since' in lineage && !target?.called ? lineage.since : undefined,
    evidence: report.signed ? Evidence.SIGNED : Evidence.SELF_REPORTED,
    pin: undefined,
    compareUrl: comparable && target.head ? (known?.pages?.compare(running, target.head) ?? '') : '',
  };
}

/** Whether the reported commit is more than what lies on disk. */
const runs = ({ process }: Facts): boolean => process !== 'older' && process !== 'no_start' && process !== 'no_build';

export const targetOf = ({ name, branch, headSha, fetchedAt, fetchError }: Repository): Target => ({
  repository: name,
  branch,
  head: headSha ?? undefined,
  confirmedAt: fetchedAt,
  fetchError,
});

/** A commit with what is known of it. Text that is no commit id is shown as it came. */
export function commitView(sha: string, known: Knowledge | undefined): CommitView {
  const facts = known?.commits.get(sha);
  return { ...facts, sha, url: facts ? (known?.pages?.commit(sha) ?? '') : '' };
}
