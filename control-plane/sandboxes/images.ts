import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { LostStarts } from './lost-starts.ts';

/** What sandboxes are made from; other features keep it. */
export interface Images {
  /**
   * The layers behind a template's or a snapshot's name, bottom first, held until the transaction ends; none for what
   * hosts know by its name. Throws `not_found`.
   */
  resolve(sql: Sql, teamId: string, template: string): Promise<readonly string[]>;
  /** Brings to a host what it lacks of them. Tells now and then that it still goes on. Throws a Refusal where that cannot be done. */
  bring(context: Context, hostId: string, layers: readonly string[], stillGoing: () => Promise<void>): Promise<void>;
}

/** What a new sandbox gets of the keys of its team. */
export interface GivenKeys {
  readonly revision: bigint;
  readonly variables: Readonly<Record<string, string>>;
  /** Says which they are, without saying them. */
  readonly stamp: string;
}

/** The keys of teams; another feature keeps them. */
export interface KeysOfTeams {
  /** Undefined where the team has none. */
  keysOf(context: Context, teamId: string): Promise<GivenKeys | undefined>;
  /** The host of a sandbox is about to be told them: until it says that it has them, nobody knows. */
  keysGoing(context: Context, sandbox: { readonly id: string; readonly attempt: number }): Promise<void>;
  /** The host of a sandbox has said that it has them. */
  keysGiven(
    context: Context,
    sandbox: { readonly id: string; readonly attempt: number },
    keys: GivenKeys,
  ): Promise<void>;
}

/** What placing a sandbox takes. */
export type Hands = HostCalls & Images & KeysOfTeams & { readonly lost: LostStarts };
