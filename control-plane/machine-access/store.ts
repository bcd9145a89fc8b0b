import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';

/** Changes of what is wanted come one after the other, so that a higher revision never says less. Held until the transaction ends. */
export const holdAccess = (sql: Sql) => sql`select pg_advisory_xact_lock(hashtextextended('machine_access', 0))`;

/**
 * Gives each machine a new revision for which something else is wanted than its last one says. Answers how many. To be
 * called under `holdAccess`, after the change.
 */
export async function reviseAccess(sql: Sql): Promise<number> {
  const { count } = await sql`
    with wanted as (
      select access.host_id, md5(coalesce(string_agg(
        concat_ws(' ', key.kind, key.key_id, key.public_key, extract(epoch from key.expires_at)::text), ',' order by key.kind, key.key_id
      ), '')) as digest
      from host_access access left join wanted_host_keys key on key.host_id = access.host_id
      group by access.host_id
    )
    update host_access set digest = wanted.digest, revision = nextval('machine_access_revisions')
    from wanted
    where wanted.host_id = host_access.host_id and host_access.digest is distinct from wanted.digest
    returning ${announcement(sql, 'machine_access', sql`host_access.host_id`)}
  `;
  return count;
}

/** A key as its machine is told of it. */
export interface WantedKey {
  readonly id: string;
  readonly kind: 'support' | 'tester';
  readonly publicKey: string;
  readonly expiresAtMs: number | null;
}

/** What a machine is to be told. */
export interface Unapplied {
  readonly hostId: string;
  readonly generation: string;
  readonly revision: string;
  readonly keys: readonly WantedKey[];
}

/**
 * What is wanted of machines that are connected here and have not applied it. One that has applied a newer revision of this
 * life of the database has seen more than the database knows: it is told nothing until that is settled.
 */
export const findUnapplied = (sql: Sql, replicaId: string) => sql<Unapplied[]>`
  select access.host_id as "hostId", life.generation, access.revision::text, coalesce(wanted.keys, '[]') as keys
  from host_access access
  cross join database_life life
  join live_connections connection on connection.host_id = access.host_id and connection.replica_id = ${replicaId}
  left join lateral (
    select json_agg(json_build_object(
      'id', key.key_id, 'kind', key.kind, 'publicKey', key.public_key, 'expiresAtMs', floor(extract(epoch from key.expires_at) * 1000)
    ) order by key.kind, key.key_id) as keys
    from wanted_host_keys key where key.host_id = access.host_id
  ) wanted on true
  where access.revision > 0 and (access.generation <> life.generation or access.applied_revision < access.revision)
`;

/** Notes, once, whose time is over. Answers what ended. */
export const tellEnded = (sql: Sql) => sql<{ kind: 'support' | 'tester'; id: string; fingerprint: string }[]>`
  with support as (
    update support_keys set expiry_told = true
    where expires_at <= now() and not expiry_told and removed_at is null
    returning id, fingerprint
  ),
  tester as (
    update tester_ssh set expiry_told = true
    where expires_at <= now() and not expiry_told and enabled
    returning user_id as id, fingerprint
  )
  select 'support' as kind, id, fingerprint from support union all select 'tester', id, fingerprint from tester
`;
