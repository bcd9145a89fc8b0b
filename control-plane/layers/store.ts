import type { Sql } from '../database/index.ts';

/** Writes down layers that a host has made or has. */
export const recordLayers = async (sql: Sql, hostId: string, digests: readonly string[]): Promise<void> => {
  await sql`insert into layers (digest) select unnest(${digests as string[]}::text[]) on conflict do nothing`;
  await noteOnHost(sql, hostId, digests);
};

/** A host has them now; it says so itself with its next heartbeat. */
export const noteOnHost = async (sql: Sql, hostId: string, digests: readonly string[]): Promise<void> => {
  await sql`
    update hosts set layers = (
      select array_agg(distinct digest) from unnest(layers || ${digests as string[]}::text[]) as digest where not digest = any(template_digests)
    )
    where id = ${hostId}
      and exists (select from unnest(${digests as string[]}::text[]) as digest where not digest = any(layers || template_digests))
  `;
};

/** A host has it no more. */
export const noteGone = async (sql: Sql, hostId: string, digest: string): Promise<void> => {
  await sql`update hosts set layers = array_remove(layers, ${digest}) where id = ${hostId}`;
};

export const markStored = async (sql: Sql, digest: string, sizeBytes: number): Promise<void> => {
  await sql`
    insert into layers (digest, size_bytes, stored_at) values (${digest}, ${sizeBytes}, now())
    on conflict (digest) do update set size_bytes = excluded.size_bytes, stored_at = now()
  `;
};

/** A layer on a host. */
export interface Placed {
  readonly digest: string;
  readonly hostId: string;
}

/**
 * Needed layers that the store lacks, each with one host that has it and is connected here; small ones are not known, so
 * the newest first. A host that a team brought is asked only for what its team needs, and after the platform's; not always
 * the same one: it may say that it has what it has not.
 */
export const findUnstored = (sql: Sql, replicaId: string) => sql<Placed[]>`
  select layer.digest, (array_agg(host.id order by host.team_id is not null, random()))[1] as "hostId"
  from layers layer
  join (select distinct digest, team_id from needed_layers) needed on needed.digest = layer.digest
  join hosts host on layer.digest = any(host.layers || host.template_digests) and host.status <> 'deleted'
    and (host.team_id is null or host.team_id = needed.team_id)
  join live_connections connection on connection.host_id = host.id and connection.replica_id = ${replicaId}
  where layer.stored_at is null
  group by layer.digest, layer.created_at
  order by layer.created_at desc
`;

/**
 * Layers on hosts that are connected here and that nothing stands on. Where something is being made nothing is taken
 * away: what it becomes is not written down yet.
 */
export const findUnneeded = (sql: Sql, replicaId: string) => sql<Placed[]>`
  select digest, host.id as "hostId"
  from hosts host
  -- It was compared since it connected: then it has told whether the database is older than what it has.
  join live_connections connection on connection.host_id = host.id and connection.replica_id = ${replicaId}
    and host.last_reconciled_at >= connection.connected_at
  cross join unnest(host.layers) as digest
  where not exists (select from needed_layers needed where needed.digest = digest.digest and coalesce(needed.host_id, host.id) = host.id)
    and not exists (select from layers_under_way under_way where under_way.host_id = host.id)
`;

/** Of these, the ones that nothing needs; what has just come may be about to be used. */
export async function findForgotten(sql: Sql, digests: readonly string[]): Promise<string[]> {
  const rows = await sql<{ digest: string }[]>`
    select digest from unnest(${digests as string[]}::text[]) as digest
    where digest not in (select needed.digest from needed_layers needed)
      and not exists (select from layers layer where layer.digest = digest.digest and layer.created_at > now() - interval '1 hour' and layer.kept)
  `;
  return rows.map(({ digest }) => digest);
}

/** The store has it no more. */
export const forgetLayer = async (sql: Sql, digest: string): Promise<void> => {
  await sql`delete from layers where digest = ${digest} and digest not in (select needed.digest from needed_layers needed)`;
};
