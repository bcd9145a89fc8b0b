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

/** The database's time, for comparing. */
export async function timeNow(sql: Sql): Promise<string> {
  const [row] = await sql<{ now: string }[]>`select now()::text as now`;
  return row!.now; // one row always
}

/** Of what is in the store. */
export const markAgain = async (sql: Sql, here: readonly string[]): Promise<void> => {
  await sql`
    update layers set stored_at = now()
    where stored_at is null and size_bytes is not null and digest = any(${here as string[]}::text[])
  `;
};

/** What was stored before the store was listed and is not in it is lost, where no other replica lives that may have it. */
export const unmarkLost = async (
  sql: Sql,
  { replicaId, here, listedAt }: { replicaId: string; here: readonly string[]; listedAt: string },
): Promise<void> => {
  await sql`
    update layers set stored_at = null
    where stored_at < ${listedAt}::timestamptz and digest not in (select unnest(${here as string[]}::text[]))
      and not exists (select from replicas where id <> ${replicaId} and alive_at > now() - interval '15 seconds')
  `;
};

/** Whether some replica's store has it. */
export async function isStored(sql: Sql, digest: string): Promise<boolean> {
  const rows = await sql`select from layers where digest = ${digest} and stored_at is not null`;
  return rows.length > 0;
}

/** Hosts that say that they have it and are connected somewhere, and may be asked for it. */
const holders = (sql: Sql) => sql`
  join (select distinct digest, team_id from needed_layers) needed on needed.digest = layer.digest
  join hosts host on layer.digest = any(host.layers || host.template_digests) and host.status <> 'deleted'
    and (host.team_id is null or host.team_id = needed.team_id)
  join live_connections connection on connection.host_id = host.id
`;

/**
 * Needed layers that the store lacks, where `here` is what it has, each with one host that has it; small ones are not
 * known, so the newest first. What no replica has stored is taken from hosts that are connected here: others have theirs.
 * A host that a team brought is asked only for what its team needs, and after the platform's; not always the same one: it
 * may say that it has what it has not.
 */
export const findUnstored = (sql: Sql, replicaId: string, here: readonly string[] = []) => sql<Placed[]>`
  select layer.digest, (array_agg(host.id order by host.team_id is not null, random()))[1] as "hostId"
  from layers layer ${holders(sql)}
  where layer.digest not in (select unnest(${here as string[]}::text[])) and (layer.stored_at is not null or connection.replica_id = ${replicaId})
  group by layer.digest, layer.created_at
  order by layer.created_at desc
`;

/** All hosts that may be asked for a layer, in that order. */
export async function findHolders(sql: Sql, digest: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select host.id from layers layer ${holders(sql)}
    where layer.digest = ${digest}
    group by host.id
    order by host.team_id is not null, random()
  `;
  return rows.map(({ id }) => id);
}

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
