import type { Sql } from '../../database/index.ts';

/** A host as the door for connections needs it; undefined where it may not connect (unknown, deleted, revoked). */
export async function findConnectableHost(
  sql: Sql,
  hostId: string,
  epoch: number,
): Promise<{ publicKey: Buffer } | undefined> {
  const [row] = await sql<{ publicKey: Buffer }[]>`
    select public_key as "publicKey" from hosts
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
    values (${link.hostId}, 1, ${link.replicaId}, ${link.instanceId})
    on conflict (host_id) do update
    set generation = held.generation + 1, replica_id = excluded.replica_id, instance_id = excluded.instance_id, connected_at = now(), alive_at = now()
    where held.instance_id = excluded.instance_id or not exists (select from live_connections live where live.host_id = held.host_id)
    returning generation::float8 as generation
  `;
  return row;
}

/** Gives up a connection that has ended, unless another one has taken its place. Answers whether it was still the host's. */
export async function releaseConnection(sql: Sql, link: { hostId: string; generation: number }): Promise<boolean> {
  const rows =
    await sql`delete from host_connections where host_id = ${link.hostId} and generation = ${link.generation} returning host_id`;
  return rows.length > 0;
}

/** Says that these connections live; answers those that still count: not replaced, not revoked, their host not deleted. */
export const renewConnections = (
  sql: Sql,
  replicaId: string,
  links: readonly { hostId: string; generation: number; epoch: number }[],
) => sql<{ hostId: string }[]>`
  with held as (
    select * from unnest(${links.map(({ hostId }) => hostId)}::text[], ${links.map(({ generation }) => generation)}::bigint[],
      ${links.map(({ epoch }) => epoch)}::int[]) as held(host_id, generation, epoch)
  ),
  valid as (
    select connection.host_id
    from host_connections connection
    join held on held.host_id = connection.host_id and held.generation = connection.generation
    join hosts host on host.id = connection.host_id and host.epoch = held.epoch and host.status in ('online', 'unreachable')
    where connection.replica_id = ${replicaId}
    order by connection.host_id
    for update of connection
  )
  update host_connections set alive_at = now() from valid where host_connections.host_id = valid.host_id
  returning host_connections.host_id as "hostId"
`;
