import { ComponentState, Evidence } from '#proto/muster/v1/fleet_pb.js';
import { classify, worstState } from './classify.ts';
import { formOfCommitId } from './commit-id.ts';
import { gatherFacts, isFresh, type Attested, type Facts, type Target, type Thresholds } from './facts.ts';
import type { CommitFacts } from './git/commits.ts';
import type { Lineage } from './git/lineage.ts';
import type { Pin } from './pins/store.ts';
import { processEvidence, reportedCommits, type Report } from './report.ts';
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
  /** By their ids, as they are shown. */
  readonly commits: ReadonlyMap<string, CommitFacts & CommitView>;
  /** What CI has signed of the artifacts that are reported. */
  readonly attested: Attested;
  readonly pages: ForgePages | undefined;
}

/** What is known, and what follows from the address. */
export function knowledgeOf(
  repository: Repository,
  {
    lineages,
    commits,
    pinned = new Map(),
    attested = new Map(),
  }: Found & Partial<Pick<Knowledge, 'pinned' | 'attested'>>,
): Knowledge {
  const pages = forgePages(repository);
  const views = [...commits.values()].map((one) => [one.sha, { ...one, url: pages?.commit(one.sha) ?? '' }] as const);
  return { repository, lineages, pinned, attested, commits: new Map(views), pages };
}

interface Found extends Pick<Knowledge, 'lineages'> {
  readonly commits: ReadonlyMap<string, CommitFacts>;
}

/** The full commit ids that reports name: those that must be judged, and those that are only shown. */
export function namedCommits(reports: readonly Report[]): { running: string[]; shown: string[] } {
  // Hosts by the thousand name a few commits.
  const distinct = new Map(reports.map((one) => [`${one.buildSource} ${one.runningSha} ${one.worktreeSha}`, one]));
  const named = [...distinct.values()].map(reportedCommits);
  const full = (shas: string[]) => [...new Set(shas.filter((sha) => formOfCommitId(sha) === 'full'))];
  return {
    running: full(named.map(({ running }) => running)),
    shown: full(named.flatMap(({ running, onDisk }) => [running, onDisk])),
  };
}

/** A host, and when its reports were read. */
export type HostRead = HostRow & Pick<HostView, 'readAt'>;

/** Judges a host by its reports. */
export type Judge = (host: HostRead, reports: readonly Report[], pins: readonly Pin[]) => HostView;

/** Judges the hosts of one moment; what many of them report alike is judged once. Pure: what it needs of git was asked before. */
export function judgeOf(knowledge: ReadonlyMap<string, Knowledge>, now: Date, thresholds: Thresholds): Judge {
  const alike = new Map<string, ComponentView>();
  const judge = (report: Report, pin: Pin | undefined): ComponentView => {
    const known = knowledge.get(report.repository);
    return { ...judgeComponent(report, known, known && wantedOf(known, pin), now, thresholds), pin };
  };
  const judgeOnce = (report: Report): ComponentView => {
    const key = likenessOf(report, now, thresholds);
    const found = alike.get(key) ?? judge(report, undefined);
    alike.set(key, found);
    return { ...found, report };
  };
  return (host, reports, pins) =>
    asWhole(
      host,
      reports.map((report) => {
        const pin = pins.find(({ component }) => component === report.component);
        return pin ? judge(report, pin) : judgeOnce(report);
      }),
    );
}

/** Reports for which this is the same are judged the same, but for what they tell of themselves. */
function likenessOf(report: Report, now: Date, thresholds: Thresholds): string {
  const { repository, runningSha, worktreeSha, dirty, buildSource, probeError, reportedAt, signed, rolloutId } = report;
  const { artifactSha256 = '' } = report;
  // Of what is silent, it is said since when.
  const silent = !isFresh(reportedAt, now, thresholds) && reportedAt.getTime();
  const process = processEvidence(report);
  const told = [
    runningSha,
    worktreeSha,
    process,
    buildSource,
    dirty,
    signed,
    silent,
    rolloutId ?? '',
    repository,
    artifactSha256,
  ];
  return `${told.join('\n')}\n${probeError}`;
}

/** A host is as well as its components. */
function asWhole(host: HostRead, components: readonly ComponentView[]): HostView {
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
  const found = wanted?.lineages?.get(reportedCommits(report).running);
  const facts = gatherFacts(report, target, found, now, thresholds, known?.attested);
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
    evidence: evidenceOf(facts, report),
    attested: known?.attested.get(report.artifactSha256 ?? ''),
    pin: undefined,
    compareUrl: comparable && target.head ? (known?.pages?.compare(running, target.head) ?? '') : '',
  };
}

function evidenceOf({ provenance }: Facts, { signed }: Report): Evidence {
  if (provenance === 'verified') return Evidence.VERIFIED;
  return signed ? Evidence.SIGNED : Evidence.SELF_REPORTED;
}

/** Whether the reported commit is more than what lies on disk. */
const runs = ({ process }: Facts): boolean => process !== 'older' && process !== 'no_start' && process !== 'no_build';

export const targetOf = (repository: Repository): Target => {
  const { name, branch, published, headSha, fetchedAt, fetchError, requireProvenance } = repository;
  return {
    repository: name,
    branch,
    published,
    head: headSha ?? undefined,
    confirmedAt: fetchedAt,
    fetchError,
    requireProvenance,
  };
};

/** A commit with what is known of it. Text that is no commit id is shown as it came. */
export const commitView = (sha: string, known: Knowledge | undefined): CommitView =>
  known?.commits.get(sha) ?? { sha, url: '' };
