import type { Sql } from '../database/index.ts';

/** A support key as it is read. */
export interface SupportKeyRow {
  readonly id: string;
  readonly name: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly expiresAt: Date | null;
  readonly expired: boolean;
  readonly hostIds: readonly string[];
  readonly createdAt: Date;
  readonly createdMicros: string;
  readonly createdBy: string;
  /** Machines that say that it is on them, and machines that it is wanted on. */
  readonly installed: number;
  readonly wanted: number;
}

interface Which {
  readonly ids?: readonly string[];
  /** Keys that are wanted on this machine. */
  readonly hostId?: string;
  /** Created micros and id of the last one of the page before. */
  readonly after?: readonly string[] | undefined;
  readonly limit?: number;
}

/** Support keys that were not removed, newest first. */
export const listSupportKeys = (sql: Sql, { ids, hostId, after, limit = 1000 }: Which) => sql<SupportKeyRow[]>`
  select key.id, key.name, key.public_key as "publicKey", key.fingerprint, key.expires_at as "expiresAt",
    coalesce(key.expires_at <= now(), false) as expired, key.host_ids as "hostIds", key.created_at as "createdAt",
    (extract(epoch from key.created_at) * 1000000)::bigint::text as "createdMicros", coalesce(actor.name, key.created_by) as "createdBy",
    count(access.host_id) filter (where key.id = any(access.key_ids))::int as installed,
    count(access.host_id) filter (where access.takes_support and (key.host_ids = '{}' or access.host_id = any(key.host_ids)))::int as wanted
  from support_keys key
  left join subject_names actor on actor.id = split_part(key.created_by, ':', 2)
  left join (select access.* from host_access access join hosts host on host.id = access.host_id and host.status in ('online', 'unreachable'))
    access on true
  where key.removed_at is null
    ${ids ? sql`and key.id = any(${ids as string[]}::text[])` : sql``}
    ${hostId === undefined ? sql`` : sql`and exists (select from wanted_host_keys wanted where wanted.host_id = ${hostId} and wanted.key_id = key.id)`}
    ${after ? sql`and ((extract(epoch from key.created_at) * 1000000)::bigint, key.id) < (${after[0] ?? ''}::bigint, ${after[1] ?? ''})` : sql``}
  group by key.id, actor.name
  order by key.created_at desc, key.id desc
  limit ${limit}
`;

export const insertSupportKey = (
  sql: Sql,
  key: {
    readonly id: string;
    readonly name: string;
    readonly publicKey: string;
    readonly fingerprint: string;
    readonly expiresAt: Date | undefined;
    readonly hostIds: readonly string[];
    readonly createdBy: string;
    readonly requestId: string | null;
  },
) => sql`
  insert into support_keys (id, name, public_key, fingerprint, expires_at, host_ids, created_by, request_id)
  values (${key.id}, ${key.name}, ${key.publicKey}, ${key.fingerprint}, ${key.expiresAt ?? null}, ${key.hostIds as string[]},
    ${key.createdBy}, ${key.requestId})
`;

/** The key that an earlier call of the same caller made, removed or not. */
export const findByRequest = async (sql: Sql, requestId: string): Promise<string | undefined> => {
  const [row] = await sql<{ id: string }[]>`select id from support_keys where request_id = ${requestId}`;
  return row?.id;
};

export const findByFingerprint = async (sql: Sql, fingerprint: string): Promise<string | undefined> => {
  const [row] = await sql<{ name: string }[]>`
    select name from support_keys where fingerprint = ${fingerprint} and removed_at is null
  `;
  return row?.name;
};

/** A key whether it was removed or not. */
export const findSupportKey = async (sql: Sql, id: string) => {
  const [row] = await sql<
    { name: string; fingerprint: string; expiresAt: Date | null; hostIds: string[]; removed: boolean }[]
  >`
    select name, fingerprint, expires_at as "expiresAt", host_ids as "hostIds", removed_at is not null as removed
    from support_keys where id = ${id} for update
  `;
  return row;
};

export const removeKey = (sql: Sql, id: string) => sql`update support_keys set removed_at = now() where id = ${id}`;

/** Which of these are no machines of ours. */
export const findStrangeHosts = (sql: Sql, hostIds: readonly string[]) => sql<{ id: string }[]>`
  select id from unnest(${hostIds as string[]}::text[]) as id
  where not exists (select from hosts where hosts.id = id.id and hosts.status <> 'deleted')
`;
