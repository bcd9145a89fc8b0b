import type { ComponentState, Evidence } from '#proto/muster/v1/fleet_pb.js';
import type { Verdict } from './classify.ts';
import type { CommitFacts } from './git/commits.ts';
import type { Pin } from './pins/store.ts';
import type { ProvenanceKeyRow } from './provenance/store.ts';
import type { Report } from './report.ts';
import type { Repository } from './repositories/store.ts';
import type { HostRow } from './store.ts';

/** A commit as it is shown; only its id is known where it is in no repository that we have. */
export type CommitView = Pick<CommitFacts, 'sha'> & Partial<CommitFacts> & { readonly url: string };

/** A component of a host, judged. */
export interface ComponentView extends Verdict {
  readonly report: Report;
  /** Undefined where only the disk is known. */
  readonly running: CommitView | undefined;
  readonly onDisk: CommitView | undefined;
  readonly target: CommitView | undefined;
  readonly behind: number;
  readonly ahead: number;
  readonly behindSince: Date | undefined;
  readonly compareUrl: string;
  /** How well its report is backed. */
  readonly evidence: Evidence;
  /** The commits that its artifact was built from, as CI has signed. */
  readonly attested?: ReadonlySet<string> | undefined;
  /** What holds it. */
  readonly pin: Pin | undefined;
}

/** A host, judged. */
export interface HostView extends Omit<HostRow, 'status'> {
  readonly status: HostRow['status'];
  readonly state: ComponentState;
  /** The earliest of its components, where behind is its state. */
  readonly behindSince: Date | undefined;
  readonly components: readonly ComponentView[];
  /** When its reports were read, by the database's clock. */
  readonly readAt: Date;
}

/** A repository with its head as it is shown. */
export interface RepositoryView extends Repository {
  readonly head: CommitView | undefined;
  readonly headKnown: boolean;
  /** Keys whose signatures say what builds were made from. */
  readonly provenanceKeys: readonly ProvenanceKeyRow[];
  /** Where its forge may tell of pushes. */
  readonly webhookUrl: string;
}

/** The fleet, or a part of it, at one moment of the database's clock. */
export interface FleetView {
  readonly at: Date;
  readonly repositories: readonly RepositoryView[];
  readonly hosts: ReadonlyMap<string, HostView>;
  /** A report that is older says nothing of what runs now. */
  readonly staleAfterMs: number;
}
