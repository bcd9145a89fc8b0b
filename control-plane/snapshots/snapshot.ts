export type SnapshotState = 'creating' | 'ready' | 'failed' | 'deleted';

/** A snapshot as pages show it. */
export interface Snapshot {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly sandboxId: string;
  readonly template: string;
  /** By name. */
  readonly createdBy: string;
  readonly hostId: string;
  readonly state: SnapshotState;
  readonly reason: string;
  /** Bottom first; its own is the last. */
  readonly layers: readonly string[];
  readonly sizeBytes: number;
  readonly createdAt: Date;
  readonly createdMicros: string;
  readonly stored: boolean;
  /** Hosts that have all of it. */
  readonly hostIds: readonly string[];
}
