import type { Sql } from '../../database/index.ts';

/** What a sandbox was seen to have. */
export interface Delivery {
  readonly sandboxId: string;
  readonly attempt: number;
  readonly stamp: string;
  readonly problem: string;
}

/** The next number of what hosts are sent. */
export const nextRevision = async (sql: Sql): Promise<bigint> => {
  const [row] = await sql<{ revision: string }[]>`select nextval('key_revisions')::text as revision`;
  return BigInt(row!.revision); // one row always
};

export const readDeliveries = (sql: Sql, sandboxIds: readonly string[]) => sql<Delivery[]>`
  select sandbox_id as "sandboxId", attempt, stamp, problem from key_deliveries
  where sandbox_id = any(${sandboxIds as string[]}::text[])
`;

/** Writes that this attempt has these keys. What was written of a later one stays. */
export const recordDelivery = (sql: Sql, sandboxId: string, attempt: number, stamp: string) => sql`
  insert into key_deliveries as known (sandbox_id, attempt, stamp, delivered_at) values (${sandboxId}, ${attempt}, ${stamp}, now())
  on conflict (sandbox_id) do update set attempt = excluded.attempt, stamp = excluded.stamp, delivered_at = now(), problem = ''
  where known.attempt <= excluded.attempt
`;

/**
 * Writes that this attempt may have keys or not. Without it, a sandbox whose host's answer was lost would pass for one that
 * has none, and would keep those that are taken from its team.
 */
export const recordGoing = (sql: Sql, sandboxId: string, attempt: number) => sql`
  insert into key_deliveries as known (sandbox_id, attempt, stamp, problem) values (${sandboxId}, ${attempt}, '', 'Its host has not said yet whether it has them.')
  on conflict (sandbox_id) do update set attempt = excluded.attempt, stamp = '', problem = excluded.problem
  where known.attempt <= excluded.attempt
`;

/** Writes what a try met. */
export const recordProblem = (sql: Sql, sandboxId: string, attempt: number, problem: string) => sql`
  insert into key_deliveries as known (sandbox_id, attempt, stamp, problem) values (${sandboxId}, ${attempt}, '', ${problem})
  on conflict (sandbox_id) do update set problem = excluded.problem where known.attempt = excluded.attempt
`;

/** Forgets sandboxes that have ended. */
export const forgetEnded = (sql: Sql) => sql`
  delete from key_deliveries using sandboxes
  where sandboxes.id = key_deliveries.sandbox_id and sandboxes.observed in ('destroyed', 'failed')
`;
