import type { Sql } from '../database/index.ts';
import type { ExpiryAction } from './sandbox.ts';

/** When a sandbox ends, which its host does not know yet. */
export interface UntoldExpiry {
  readonly id: string;
  readonly hostId: string;
  readonly attempt: number;
  /** In the database's own words, for comparing; null: it does not. */
  readonly expiresAt: string | null;
  /** From now; null: it does not. */
  readonly expiresInMs: number | null;
  readonly onExpiry: ExpiryAction;
  /** Microseconds of the database's clock. */
  readonly saidAt: string;
}

const untold = (sql: Sql) => sql`
  select sandbox.id, sandbox.host_id as "hostId", sandbox.attempt, sandbox.expires_at::text as "expiresAt",
    case when sandbox.expires_at is not null then greatest(extract(epoch from sandbox.expires_at - now()) * 1000, 0)::float8 end as "expiresInMs",
    sandbox.on_expiry as "onExpiry", (extract(epoch from clock_timestamp()) * 1000000)::bigint::text as "saidAt"
  from sandboxes sandbox
`;

const isUntold = (sql: Sql) => sql`
  sandbox.expires_at is distinct from sandbox.expiry_told and sandbox.observed not in ('destroyed', 'failed', 'pending')
`;

/** What the hosts that this replica holds have not been told yet; some at a time. */
export const findUntold = (sql: Sql, replicaId: string, limit: number) => sql<UntoldExpiry[]>`
  ${untold(sql)}
  join live_connections connection on connection.host_id = sandbox.host_id and connection.replica_id = ${replicaId}
  where ${isUntold(sql)}
  order by sandbox.host_id
  limit ${limit}
`;

/** The same of one sandbox, wherever its host is. */
export async function findUntoldOf(sql: Sql, id: string): Promise<UntoldExpiry | undefined> {
  const [row] = await sql<UntoldExpiry[]>`${untold(sql)} where sandbox.id = ${id} and ${isUntold(sql)}`;
  return row;
}

/** Their host knows. */
export const recordTold = (sql: Sql, told: readonly UntoldExpiry[]) => sql`
  update sandboxes set expiry_told = told.expires_at
  from unnest(
    ${told.map(({ id }) => id)}::text[], ${told.map(({ attempt }) => attempt)}::int[], ${told.map(({ expiresAt }) => expiresAt)}::timestamptz[]
  ) as told (id, attempt, expires_at)
  where sandboxes.id = told.id and sandboxes.attempt = told.attempt
`;
