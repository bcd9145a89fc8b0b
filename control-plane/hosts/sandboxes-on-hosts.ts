import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';

/** What hosts ask of the sandboxes on them. The sandboxes' feature answers; main.ts brings the two together. */
export interface SandboxesOnHosts {
  /** Those that have not ended, oldest first. */
  listLive(sql: Sql, hostId: string, page: Page): Promise<AffectedSandbox[]>;
  /** How many have not ended. */
  countLive(sql: Sql, hostId: string): Promise<number>;
  /** The hosts fell silent: what ran on them is missing from now on. Answers how many. */
  markMissing(sql: Sql, hostIds: readonly string[]): Promise<number>;
  /** What runs or is paused there is to stop, or all that is there is to end; the reconciler sees to it. Answers how many are asked now. */
  wantAll(sql: Sql, context: Context, hostId: string, wanted: 'stopped' | 'destroyed', reason: string): Promise<number>;
  /** The host is gone for good, and everything on it. Answers the ids that ended. */
  endAll(sql: Sql, context: Context, hostId: string, reason: string): Promise<string[]>;
}

export interface Page {
  /** Microseconds and id of the last one of the page before. */
  readonly after?: readonly string[] | undefined;
  readonly limit: number;
}

/** A sandbox that ends with its host, as those see it who decide. */
export interface AffectedSandbox {
  readonly id: string;
  readonly teamId: string;
  readonly teamName: string;
  /** As people read it: "Paused". */
  readonly state: string;
  readonly template: string;
  readonly createdAt: Date;
  readonly createdMicros: string;
}

/** The same, with what was kept of them: where a host ends, snapshots that are nowhere else end with it. */
export interface ThingsOnHosts extends SandboxesOnHosts {
  /** Snapshots whose files are on this host alone. */
  listOnlyHere(sql: Sql, hostId: string): Promise<AffectedSnapshot[]>;
}

export interface AffectedSnapshot {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
  readonly teamName: string;
}
