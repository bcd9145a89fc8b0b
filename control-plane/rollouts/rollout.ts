import type { Report } from '../fleet/index.ts';

export type RolloutState = 'running' | 'paused' | 'stopping' | 'succeeded' | 'failed' | 'aborted';

export type UpdateState =
  | 'queued'
  | 'running'
  | 'verifying'
  | 'returning'
  | 'succeeded'
  | 'failed'
  | 'superseded'
  | 'aborted'
  | 'skipped';

/** How a rollout goes about it. */
export interface Strategy {
  readonly canaryHosts: number;
  /** 0: all at once. */
  readonly batchSize: number;
  readonly soakMs: number;
  readonly maxFailures: number;
  /** Whether hosts that are not connected are waited for. */
  readonly catchUp: boolean;
  readonly catchUpMs: number;
  readonly verifyMs: number;
  readonly returnOnFailure: boolean;
}

/** What holds a component at another commit than the one that it would be brought to. */
export interface Held {
  readonly sha: string;
  readonly reason: string;
}

/** A rollout. */
export interface Rollout extends Strategy {
  readonly id: string;
  readonly repository: string;
  readonly components: readonly string[];
  readonly targetSha: string;
  readonly targetSubject: string;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly state: RolloutState;
  readonly outcome: 'failed' | 'aborted' | null;
  readonly sentence: string;
  readonly batch: number;
  readonly batches: number;
  readonly batchBeganAt: Date;
  readonly soakBeganAt: Date | null;
  readonly endedAt: Date | null;
  /** Also what is pinned at another commit. */
  readonly includePinned: boolean;
  readonly counts: Readonly<Partial<Record<UpdateState, number>>>;
}

/** A component on a host, in a rollout. */
export interface Update {
  readonly id: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly hostDeleted: boolean;
  readonly component: string;
  readonly place: number;
  readonly batch: number;
  readonly state: UpdateState;
  readonly reason: string;
  readonly fromSha: string;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly commandEndedAt: Date | null;
  readonly commandProblem: string;
  readonly stopAsked: boolean;
  readonly lastLine: string;
  readonly connected: boolean;
  /** Its host is online and not quarantined, connected or not. */
  readonly answers: boolean;
  readonly quarantined: boolean;
  readonly lastSeenAt: Date | null;
  /** Its pin, where it holds now, unless that is at the target. */
  readonly held: Held | null;
  /** What the host last said of the component; undefined where it does not name it any more. */
  readonly report: Report | undefined;
}
