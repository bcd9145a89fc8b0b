import type { Sql } from '../../database/index.ts';
import type { Limits } from './limits.ts';

/** A host as the door for connections needs it; undefined where it may not connect (unknown, deleted, revoked). */
export async function findConnectableHost(
  sql: Sql,
  hostId: string,
  epoch: number,
): Promise<{ publicKey: Buffer; quarantined: boolean } | undefined> {
  const [row] = await sql<{ publicKey: Buffer; quarantined: boolean }[]>`
    select public_key as "publicKey", quarantined_at is not null as quarantined from hosts
    where id = ${hostId} and epoch = ${epoch} and status in ('online', 'unreachable') and public_key is not null
  `;
  return row;
}

/**
 * Makes a connection the host's one. A connection of the same agent instance or of a dead replica is replaced; a live
 * one of another instance is kept: undefined then.
 */
export async function claimConnection(
  sql: Sql,
  link: { hostId: string; replicaId: string; instanceId: string },
): Promise<{ generation: number } | undefined> {
  const [row] = await sql<{ generation: number }[]>`
    insert into host_connections as held (host_id, generation, replica_id, instance_id)
    values (${link.hostId}, nextval('connection_generations'), ${link.replicaId}, ${link.instanceId})
    on conflict (host_id) do update
    set generation = excluded.generation, replica_id = excluded.replica_id, instance_id = excluded.instance_id, connected_at = now(), alive_at = now()
    where held.instance_id = excluded.instance_id
      -- As live_connections has it, but of the row as it is once it is locked: who came a moment earlier counts.
      or coalesce((select replica.alive_at from replicas replica where replica.id = held.replica_id), held.alive_at) <= now() - interval '15 seconds'
    returning generation::float8 as generation
  `;
  return row;
}

/** Writes down that a second agent instance of a host was refused. Answers false where that was done in the last hour: copies try again and again. */
export async function recordRefusedConnection(sql: Sql, hostId: string): Promise<boolean> {
  const rows = await sql`
    update hosts set connection_refused_at = now()
    where id = ${hostId} and (connection_refused_at is null or connection_refused_at < now() - interval '1 hour')
    returning id
  `;
  return rows.length > 0;
}

/** Gives up a connection that has ended, unless another one has taken its place. Answers whether it was still the host's. */
export async function releaseConnection(sql: Sql, link: { hostId: string; generation: number }): Promise<boolean> {
  const rows =
    await sql`delete from host_connections where host_id = ${link.hostId} and generation = ${link.generation} returning host_id`;
  return rows.length > 0;
}

/** A connection that must not go on as it does. */
export interface TroubledConnection {
  readonly hostId: string;
  readonly isOver: boolean;
}

/**
 * Which of these connections count no more (replaced, revoked, their host deleted, or made unlimited while it was being
 * quarantined), and which stand on a host that is quarantined now.
 */
export const findTroubledConnections = (sql: Sql, links: readonly HeldRow[]) => sql<TroubledConnection[]>`
  with held as (${heldRows(sql, links)})
  select held.host_id as "hostId", good.id is null as "isOver"
  from held
  left join lateral (
    select host.id, host.quarantined_at
    from host_connections connection
    join hosts host on host.id = connection.host_id and host.epoch = held.epoch and host.status in ('online', 'unreachable')
    where connection.host_id = held.host_id and connection.generation = held.generation
      and (held.is_limited or host.quarantined_at is null or connection.connected_at < host.quarantined_at)
  ) good on true
  where good.id is null or good.quarantined_at is not null
`;

/** What the database knows of the connections of one replica, in sums that say whether any has to be looked at. */
export interface ConnectionSums {
  readonly count: number;
  readonly generations: bigint;
  /** Of their hosts, as far as these may be connected. */
  readonly epochs: bigint;
  readonly quarantined: string[];
}

/**
 * Generations are given once and grow, and so do epochs: where these sums are those of the connections that a replica
 * holds, each of them is its host's, and of its host's epoch. Others could only have the same sums while they are being
 * made or given up, and for no longer than that.
 */
export async function sumConnections(sql: Sql, replicaId: string): Promise<ConnectionSums> {
  const [row] = await sql<{ count: number; generations: string; epochs: string; quarantined: string[] }[]>`
    select count(*)::int as count, coalesce(sum(connection.generation), 0)::text as generations, coalesce(sum(host.epoch), 0)::text as epochs,
      coalesce(array_agg(host.id) filter (where host.quarantined_at is not null), '{}') as quarantined
    from host_connections connection
    join hosts host on host.id = connection.host_id and host.status in ('online', 'unreachable')
    where connection.replica_id = ${replicaId}
  `;
  const { generations, epochs, ...rest } = row!; // one row always
  return { ...rest, generations: BigInt(generations), epochs: BigInt(epochs) };
}

/** Gives up rows of this replica for connections that it does not hold: their end could not be recorded then. Those that are just being made are left alone. */
export async function forgetLostConnections(
  sql: Sql,
  replicaId: string,
  hostIds: readonly string[],
): Promise<string[]> {
  // Not by `any`: once the plan is kept, that compares each row with each id, which is 100 million times for 10,000 hosts.
  const rows = await sql<{ hostId: string }[]>`
    delete from host_connections
    where replica_id = ${replicaId} and connected_at < now() - interval '30 seconds'
      and host_id not in (select unnest(${hostIds as string[]}::text[]))
    returning host_id as "hostId"
  `;
  return rows.map(({ hostId }) => hostId);
}

interface HeldRow {
  readonly hostId: string;
  readonly generation: number;
  /** Of the access token that opened it. */
  readonly epoch: number;
  readonly limits: { readonly now: Limits };
}

const heldRows = (sql: Sql, links: readonly HeldRow[]) => sql`
  select * from unnest(${links.map(({ hostId }) => hostId)}::text[], ${links.map(({ generation }) => generation)}::bigint[],
    ${links.map(({ epoch }) => epoch)}::int[], ${links.map(({ limits }) => String(limits.now !== 'none'))}::text[]::boolean[]) as held(host_id, generation, epoch, is_limited)
`;
