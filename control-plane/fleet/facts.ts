import { formOfCommitId, type CommitIdForm } from './commit-id.ts';
import type { Lineage } from './git/lineage.ts';
import type { Pin } from './pins/store.ts';
import { processEvidence, reportedCommits, type ProcessEvidence, type Report } from './report.ts';

/** What is known of the commit that a component is compared with. */
export interface Target {
  readonly repository: string;
  readonly branch: string;
  /** What sentences call the commit, where it is not the branch's head (`its pin 3f2a1c9`). */
  readonly called?: string;
  /** The commit: the branch's newest head that was ever seen, unless another is wanted. Undefined before the first. */
  readonly head: string | undefined;
  /** Whether what runs has to be verified to be green. */
  readonly requireProvenance?: boolean;
  /** Set where it is held at another commit than the branch's head. */
  readonly pin?: Pin;
  /** CI tells its heads, and nothing else is known of it. */
  readonly published?: boolean;
  /** It was asked for by its id: where the branch is does not matter. */
  readonly fixed?: true;
  /** When the repository last said where its branches are, by the database's clock. */
  readonly confirmedAt: Date | null;
  readonly fetchError: string;
}

/** After how long something is too old to be relied on. */
export interface Thresholds {
  readonly staleAfterMs: number;
  readonly headTrustedMs: number;
}

/** What a component's state is told from. Liveness, freshness, lineage and evidence stay apart. */
export interface Facts {
  readonly reportedAt: Date;
  readonly fresh: boolean;
  readonly probeError: string;
  readonly running: string;
  readonly form: CommitIdForm;
  readonly onDisk: string;
  readonly dirty: boolean;
  readonly process: ProcessEvidence;
  /** As the report names it; empty where it names none. */
  readonly repository: string;
  /** Undefined where no such repository is registered. */
  readonly target: Target | undefined;
  readonly headTrusted: boolean;
  /** Undefined where this replica cannot judge it (yet). */
  readonly lineage: Lineage | undefined;
  /** Whether a rollout is bringing it forward now. */
  readonly rollingOut: boolean;
  /** What a statement signed in CI says of what its process was started from. */
  readonly provenance: ProvenanceFact;
}

/**
 * `told_nothing`: the host names no artifact. `unknown`: no trusted key has signed what it is. `another`: it was built
 * from another commit than the one that is said to run. `self_reported`: it fits, but the host has not signed its report.
 */
export type ProvenanceFact = 'verified' | 'told_nothing' | 'unknown' | 'another' | 'self_reported';

/** Which commits artifacts were built from, as trusted keys have signed. */
export type Attested = ReadonlyMap<string, ReadonlySet<string>>;

function provenanceOf({ artifactSha256 = '', signed }: Report, running: string, attested: Attested): ProvenanceFact {
  if (artifactSha256 === '') return 'told_nothing';
  const commits = attested.get(artifactSha256);
  if (!commits) return 'unknown';
  if (!commits.has(running)) return 'another';
  return signed ? 'verified' : 'self_reported';
}

/** A database that takes over from another may be so much behind it. What is further ahead was written before its clock was set back. */
export const aheadAtMostMs = 5_000;

/** Whether a moment is so long ago at most. Of one that is yet to come nobody knows how long ago it was. */
function isLately(moment: Date, now: Date, mostMs: number): boolean {
  const agoMs = now.getTime() - moment.getTime();
  return agoMs <= mostMs && agoMs >= -aheadAtMostMs;
}

/** Whether a report may be relied on. */
export const isFresh = (reportedAt: Date, now: Date, { staleAfterMs }: Thresholds): boolean =>
  isLately(reportedAt, now, staleAfterMs);

/** Whether a head may be relied on: the repository has confirmed it lately. */
export const isTrusted = (confirmedAt: Date | null, now: Date, { headTrustedMs }: Thresholds): boolean =>
  confirmedAt !== null && isLately(confirmedAt, now, headTrustedMs);

/** `now` is the database's. */
export function gatherFacts(
  report: Report,
  target: Target | undefined,
  lineage: Lineage | undefined,
  now: Date,
  thresholds: Thresholds,
  attested: Attested = new Map(),
): Facts {
  const { running, onDisk } = reportedCommits(report);
  return {
    reportedAt: report.reportedAt,
    fresh: isFresh(report.reportedAt, now, thresholds),
    probeError: report.probeError,
    running,
    form: formOfCommitId(running),
    onDisk,
    dirty: report.dirty,
    process: processEvidence(report),
    repository: report.repository,
    target,
    headTrusted:
      target?.head !== undefined && (target.fixed === true || isTrusted(target.confirmedAt, now, thresholds)),
    lineage,
    rollingOut: (report.rolloutId ?? null) !== null,
    provenance: provenanceOf(report, running, attested),
  };
}
