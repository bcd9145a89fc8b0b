import type { Sql } from '../../database/index.ts';

/** A replica as the others know it. */
export interface ReplicaRow {
  readonly id: string;
  readonly url: string;
  readonly version: string;
}

/** Says that a replica lives, and where. Replicas of long ago are forgotten. */
export const renewReplica = (sql: Sql, { id, url, version }: ReplicaRow) => sql`
  with forgotten as (delete from replicas where alive_at < now() - interval '1 hour' and id <> ${id})
  insert into replicas (id, url, version) values (${id}, ${url}, ${version})
  on conflict (id) do update set alive_at = now()
`;

/** How many other replicas live, and how many of them say that they are reached where this one is. */
export async function countOthers(
  sql: Sql,
  { id, url }: Pick<ReplicaRow, 'id' | 'url'>,
): Promise<{ others: number; sameUrl: number }> {
  const [row] = await sql<{ others: number; sameUrl: number }[]>`
    select count(*)::int as others, count(*) filter (where url = ${url})::int as "sameUrl"
    from replicas where id <> ${id} and alive_at > now() - interval '15 seconds'
  `;
  return row!; // one row always
}

/** A replica that has ended in order. */
export const removeReplica = (sql: Sql, id: string) => sql`delete from replicas where id = ${id}`;

/** The replica that a host is connected to now, as far as the database knows. */
export async function findHolder(sql: Sql, hostId: string): Promise<Pick<ReplicaRow, 'id' | 'url'> | undefined> {
  const [row] = await sql<Pick<ReplicaRow, 'id' | 'url'>[]>`
    select replica.id, replica.url
    from live_connections connection join replicas replica on replica.id = connection.replica_id
    where connection.host_id = ${hostId}
  `;
  return row;
}

/** How many replicas live. */
export async function countReplicas(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from replicas where alive_at > now() - interval '15 seconds'
  `;
  return row!.count; // one row always
}
