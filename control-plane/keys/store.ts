import type { KeyRole } from '../access/index.ts';
import type { Sql } from '../database/index.ts';
import type { ApiKey } from './key.ts';

const keyRow = (sql: Sql) => sql`
  select key.id, key.name, key.team_id as "teamId", key.role,
    case
      when key.revoked_at is not null then 'revoked'
      when key.expires_at <= now() then 'expired'
      when key.team_id is not null and member.role is null then 'orphaned'
      when key.team_id is null and key.created_by <> 'bootstrap' and root.id is null
        and not coalesce(maker.platform_admin, false) then 'orphaned'
      else 'active' end as state,
    newest.id as "credentialId", key.created_by as "createdBy",
    case key.created_by when 'bootstrap' then 'bootstrap' else coalesce(creator.name, '') end as "createdByName",
    coalesce('user:' || key.maker_id, 'key:' || key.maker_key_id, '') as maker, coalesce(maker_name.name, '') as "makerName",
    key.created_at as "createdAt", ${createdMicros(sql)}::text as "createdMicros", key.expires_at as "expiresAt",
    key.no_expiry_reason as "noExpiryReason", used.last_used_at as "lastUsedAt",
    coalesce(used.last_used_address, '') as "lastUsedAddress", coalesce(used.last_used_agent, '') as "lastUsedAgent",
    key.bound_team_id as "boundTeamId", key.bound_host_id as "boundHostId", overlap.until as "overlapUntil"
  from api_keys key
  left join teams team on team.id = key.team_id
  left join users maker on maker.id = key.maker_id and maker.active
  left join api_keys root on root.id = key.maker_key_id
    and root.revoked_at is null and (root.expires_at is null or root.expires_at > now())
  left join team_members member on member.team_id = key.team_id and member.user_id = maker.id
  left join subject_names creator on creator.id = split_part(key.created_by, ':', 2)
  left join subject_names maker_name on maker_name.id = coalesce(key.maker_id, key.maker_key_id)
  join lateral (select id from credentials where key_id = key.id order by created_at desc, id desc limit 1) newest on true
  left join lateral (
    select last_used_at, last_used_address, last_used_agent from credentials
    where key_id = key.id and last_used_at is not null order by last_used_at desc limit 1
  ) used on true
  left join lateral (
    select max(expires_at) as until from credentials where key_id = key.id and state = 'retiring' and expires_at > now()
  ) overlap on true
`;

const createdMicros = (sql: Sql) => sql`(extract(epoch from key.created_at) * 1000000)::bigint`;

/** Whose keys somebody sees: those of these teams, and, who sees everything, those of the installation. */
export interface KeyVisibility {
  readonly all: boolean;
  readonly teamIds: readonly string[];
}

/** A key, if it may be seen. Those of deleted teams are in no answer. */
export const findKey = async (sql: Sql, id: string, visible: KeyVisibility): Promise<ApiKey | undefined> => {
  const [row] = await sql<ApiKey[]>`
    ${keyRow(sql)}
    where key.id = ${id} and team.deleted_at is null
      and (${visible.all} or key.team_id = any(${visible.teamIds as string[]}::text[]))
  `;
  return row;
};

/** Keys of a team, or of the installation, newest first. */
export const listKeys = (
  sql: Sql,
  {
    teamId,
    ended,
    after,
    limit,
  }: { teamId: string; ended: boolean; after: readonly string[] | undefined; limit: number },
) => sql<ApiKey[]>`
  ${keyRow(sql)}
  where ${teamId === '' ? sql`key.team_id is null` : sql`key.team_id = ${teamId}`}
    and (${ended} or (key.revoked_at is null and (key.expires_at is null or key.expires_at > now())))
    and ${after ? sql`(${createdMicros(sql)}, key.id) < (${after[0]!}::bigint, ${after[1]!})` : sql`true`}
  order by key.created_at desc, key.id desc
  limit ${limit}
`;

/** Locks a key against other changes until the transaction ends. */
export const lockKey = (sql: Sql, id: string) => sql`select from api_keys where id = ${id} for update`;

export interface NewKey {
  readonly id: string;
  readonly name: string;
  readonly teamId: string | undefined;
  readonly role: KeyRole;
  readonly makerId: string | undefined;
  readonly makerKeyId: string | undefined;
  readonly createdBy: string;
  readonly boundTeamId: string | undefined;
  readonly boundHostId: string | undefined;
  /** Undefined: it does not end by itself. */
  readonly lifetimeMs: number | undefined;
  readonly noExpiryReason: string;
  readonly requestId: string | undefined;
}

/** Inserts a key, unless the same request did before; answers whether it is new. */
export async function insertKey(sql: Sql, key: NewKey): Promise<boolean> {
  const rows = await sql`
    with given as (select ${key.lifetimeMs ?? null}::float8 * interval '1 millisecond' as lifetime)
    insert into api_keys (id, name, team_id, role, maker_id, maker_key_id, created_by, bound_team_id, bound_host_id, lifetime,
      expires_at, no_expiry_reason, request_id)
    select ${key.id}, ${key.name}, ${key.teamId ?? null}, ${key.role}::key_role, ${key.makerId ?? null}, ${key.makerKeyId ?? null},
      ${key.createdBy}, ${key.boundTeamId ?? null}, ${key.boundHostId ?? null}, lifetime, now() + lifetime,
      ${key.noExpiryReason}, ${key.requestId ?? null} from given
    on conflict (request_id) do nothing
    returning id
  `;
  return rows.length === 1;
}

/** The key that this request has made before. */
export async function findKeyByRequest(sql: Sql, requestId: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`select id from api_keys where request_id = ${requestId}`;
  return row?.id;
}

/** Begins a key's lifetime anew. */
export const extendKey = (sql: Sql, id: string) => sql`
  update api_keys set expires_at = now() + lifetime where id = ${id} and expires_at is not null
`;

/** Ends a key; answers whether it had not ended before. */
export const endKey = async (sql: Sql, id: string): Promise<boolean> =>
  (await sql`update api_keys set revoked_at = now() where id = ${id} and revoked_at is null returning id`).length === 1;

/** Makes a user the one whose rights bound a key. */
export const setMaker = (sql: Sql, id: string, userId: string) => sql`
  update api_keys set maker_id = ${userId}, maker_key_id = null where id = ${id}
`;

/** The stored hash of the token with this public part. */
export async function findTokenHash(sql: Sql, credentialId: string): Promise<Buffer | undefined> {
  const [row] = await sql<{ tokenHash: Buffer }[]>`
    select token_hash as "tokenHash" from credentials where id = ${credentialId}
  `;
  return row?.tokenHash;
}

/** Whether there is a key of the installation that has not ended: with one, all others can be made. */
export const hasLiveKey = async (sql: Sql): Promise<boolean> =>
  (
    await sql`
      select from api_keys where team_id is null and revoked_at is null and (expires_at is null or expires_at > now()) limit 1`
  ).length > 0;
