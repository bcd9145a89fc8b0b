import type { AccessReport, ComponentReport, StateMark } from '#proto/muster/agent/v1/enrolment_pb.js';
import type { Sql } from '../../database/index.ts';
import type { HostStatus, Specs } from '../host.ts';

/** What a host says when it says that it lives, made safe to store. */
export interface Beat {
  readonly hostId: string;
  /** As its access token carries them. */
  readonly epoch: number;
  readonly generation: number;
  readonly bootId: string;
  readonly instanceId: string;
  readonly sequence: bigint;
  /** The machine's clock, in milliseconds since 1970; undefined where it did not say. */
  readonly sentAtMs: number | undefined;
  readonly digest: Uint8Array;
  /** Undefined: as before. */
  readonly specs: Specs | undefined;
  /** What it says of its components; another feature reads them. */
  readonly reports: readonly ComponentReport[];
  /** What it says of SSH keys on it; another feature reads that, too. Undefined where it says nothing. */
  readonly access?: AccessReport | undefined;
  /** The host key's word for them. Undefined where it gave none. */
  readonly proof?: Proof | undefined;
  /** The newest state of the database that it has seen. */
  readonly seen?: StateMark | undefined;
}

/** A signature over a nonce of ours and the reports. */
export interface Proof {
  readonly nonce: Uint8Array;
  readonly signature: Uint8Array;
}

/** What is done with what hosts say about their components and SSH keys, in the transaction that writes their heartbeats. */
export type ReportRecorder = (
  sql: Sql,
  all: readonly (Pick<Beat, 'hostId' | 'reports' | 'access'> & { readonly signed: boolean })[],
) => Promise<unknown>;

/** What the database knew of the host when the beat was written. */
export interface BeatAnswer {
  readonly hostId: string;
  readonly status: HostStatus;
  readonly epoch: number;
  readonly enrolmentId: string;
  readonly now: Date;
  /** The beat counted: it is of this epoch and no older one. */
  readonly written: boolean;
  /** Its inventory is not the one that was last compared. */
  readonly digestChanged: boolean;
  /** The generation of its active family that is current, and the one that waits to be confirmed. Null where there is none. */
  readonly currentGeneration: number | null;
  readonly pendingGeneration: number | null;
  /** The host key; null where it has not joined. */
  readonly publicKey: Uint8Array | null;
  /** What its reports may have signed: given in the answer before, and in the one before that. */
  readonly reportNonce: Uint8Array | null;
  readonly previousReportNonce: Uint8Array | null;
  /** When reports of it were last refused. */
  readonly reportsRefusedAt: Date | null;
  readonly quarantined: boolean;
  /** How often, not long ago, agent instances came back that another one had followed. */
  readonly instanceReturns: number;
  /** How new the database is: of this batch alone. */
  readonly stateGeneration: string;
  readonly stateSequence: string;
}
