import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import type { HostCalls } from '../hosts/index.ts';

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

/** What placing a sandbox takes. */
export type Hands = HostCalls & Images;
