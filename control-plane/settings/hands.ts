import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';

/** What trying out a group met. */
export interface TestResult {
  readonly ok: boolean;
  /** What happened, or what to do about it. */
  readonly sentence: string;
}

/** What the feature does that uses a group of settings. */
export interface GroupHands {
  /** How the group stands as a whole, or what is missing. */
  readonly standing: (context: Context) => Promise<{ readonly ready: boolean; readonly sentence: string }>;
  /** Tries out what is saved. Throws nothing that the other side did. */
  readonly test?: (context: Context, recipient: string) => Promise<TestResult>;
  /** Called in the transaction in which something of the group changed. */
  readonly changed?: (sql: Sql, context: Context) => Promise<unknown>;
}

/** By the names of groups. */
export type Hands = Readonly<Record<string, GroupHands>>;
