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
}

/** What the database knew of the host when the beat was written. */
export interface BeatAnswer {
  readonly hostId: string;
  readonly status: HostStatus;
  readonly epoch: number;
  readonly enrolmentId: string;
  readonly now: Date;
  /** Its inventory is not the one that was last compared. */
  readonly digestChanged: boolean;
  /** The generation of its active family that is current, and the one that waits to be confirmed. Null where there is none. */
  readonly currentGeneration: number | null;
  readonly pendingGeneration: number | null;
}
