import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';

/** What hosts ask of the sandboxes on them. The sandboxes' feature answers; main.ts brings the two together. */
export interface SandboxesOnHosts {
  /** The ids of those that have not ended, oldest first. */
  listLive(sql: Sql, hostId: string): Promise<string[]>;
  /** The hosts fell silent: what ran on them is missing from now on. Answers how many. */
  markMissing(sql: Sql, hostIds: readonly string[]): Promise<number>;
  /** The host is gone for good, and everything on it. Answers the ids that ended. */
  endAll(sql: Sql, context: Context, hostId: string, reason: string): Promise<string[]>;
}
