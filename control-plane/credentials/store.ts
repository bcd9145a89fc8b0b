import type { KeyRole, Scope, TeamRole } from '../access/index.ts';
import { among, type Sql } from '../database/index.ts';

export type CredentialKind = 'org_key' | 'team_key' | 'machine_identity';

/** Everything about a key or machine identity that a request decides by, as it is at this moment. */
export interface LiveCredential {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly kind: CredentialKind;
  readonly keyId: string;
  readonly name: string;
  readonly role: KeyRole;
  readonly boundHostId: string | null;
  readonly boundTeamId: string | null;
  readonly bootstrap: boolean;
  readonly makerId: string | null;
  readonly makerKeyId: string | null;
  readonly expiresAt: Date | null;
  readonly scopes: readonly Scope[] | null;
  readonly team: { readonly teamId: string; readonly teamName: string; readonly teamSlug: string } | null;
  readonly makerRole: TeamRole | null;
  /** Whether its last use should be written again. */
  readonly stale: boolean;
}

/**
 * Credentials with what they belong to, their makers and their teams, in one statement by primary keys. Nothing for one that
 * is over, that is paused, or whose maker has no role any more where it works.
 */
export const findLiveCredentials = async (sql: Sql, ids: readonly string[]): Promise<Map<string, LiveCredential>> => {
  const rows = await sql<LiveCredential[]>`
    select credential.id, credential.token_hash as "tokenHash", credential.kind, coalesce(key.id, identity.id) as "keyId",
      coalesce(key.name, identity.name) as name, coalesce(key.role, identity.role) as role,
      coalesce(key.bound_host_id, identity.bound_host_id) as "boundHostId", key.bound_team_id as "boundTeamId",
      coalesce(key.created_by = 'bootstrap', false) as bootstrap, coalesce(key.maker_id, identity.maker_id) as "makerId", key.maker_key_id as "makerKeyId",
      key.expires_at as "expiresAt", to_jsonb(identity.scopes) as scopes, member.role as "makerRole",
      case when team.id is not null
        then jsonb_build_object('teamId', team.id, 'teamName', team.name, 'teamSlug', team.slug) end as team,
      credential.last_used_at is null or credential.last_used_at < now() - interval '1 minute' as stale
    from credentials credential
    left join api_keys key on key.id = credential.key_id
    left join machine_identities identity on identity.id = credential.identity_id
    left join users maker on maker.id = coalesce(key.maker_id, identity.maker_id) and maker.active
    left join api_keys root on root.id = key.maker_key_id
      and root.revoked_at is null and (root.expires_at is null or root.expires_at > now())
    left join teams team on team.id = coalesce(key.team_id, identity.team_id, key.bound_team_id) and team.deleted_at is null
    left join team_members member on member.team_id = team.id and member.user_id = maker.id
    where credential.id ${among(sql, ids)} and credential.state <> 'revoked'
      and (credential.expires_at is null or credential.expires_at > now())
      and (key.id is null or (key.revoked_at is null and (key.expires_at is null or key.expires_at > now())))
      and (identity.id is null or identity.state = 'active')
      and case credential.kind
        when 'org_key' then (maker.platform_admin or root.id is not null or key.created_by = 'bootstrap')
          and (key.bound_team_id is null or team.id is not null)
        else member.role is not null end
  `;
  return new Map(rows.map((row) => [row.id, row]));
};

/** Writes the use of a credential, once a minute at most. */
export const touchCredential = (sql: Sql, id: string, from: { address: string; agent: string }) => sql`
  update credentials set last_used_at = now(), last_used_address = ${from.address}, last_used_agent = ${from.agent}
  where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')
`;

export interface NewCredential {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly kind: CredentialKind;
  /** Of the key or the identity that it belongs to. */
  readonly ownerId: string;
  /** Undefined: it ends with its owner. */
  readonly lifetimeMs?: number;
  /** Of its owner, where it was asked for by one that may be repeated. */
  readonly requestId?: string | undefined;
}

export const insertCredential = (sql: Sql, credential: NewCredential) => sql`
  insert into credentials (id, token_hash, kind, key_id, identity_id, expires_at, request_id)
  values (${credential.id}, ${credential.tokenHash}, ${credential.kind},
    ${credential.kind === 'machine_identity' ? null : credential.ownerId},
    ${credential.kind === 'machine_identity' ? credential.ownerId : null},
    now() + ${credential.lifetimeMs ?? null}::float8 * interval '1 millisecond', ${credential.requestId ?? null})
`;

/** The credential of an identity that this request has made before. */
export async function findCredentialByRequest(
  sql: Sql,
  identityId: string,
  requestId: string,
): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    select id from credentials where identity_id = ${identityId} and request_id = ${requestId}
  `;
  return row?.id;
}

/** Lets credentials go on for the overlap at most; without one they end at once. */
export const retireCredentials = (sql: Sql, ids: readonly string[], overlapMs: number) => sql`
  update credentials set
    state = case when ${overlapMs}::float8 > 0 then 'retiring' else 'revoked' end::credential_state,
    expires_at = least(expires_at, now() + ${overlapMs}::float8 * interval '1 millisecond')
  where id = any(${ids as string[]}::text[]) and state <> 'revoked'
`;

/** Ends every credential of a key or identity; answers which ones. */
export const revokeCredentials = (sql: Sql, ownerId: string) => sql<{ id: string }[]>`
  update credentials set state = 'revoked'
  where (key_id = ${ownerId} or identity_id = ${ownerId}) and state <> 'revoked'
  returning id
`;

/** What stands in the list of an owner's credentials. */
export interface CredentialRow {
  readonly id: string;
  readonly state: 'active' | 'retiring' | 'revoked';
  readonly expired: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly lastUsedAddress: string;
  readonly lastUsedAgent: string;
}

/** All credentials that a key or identity has had, newest first. */
export const listCredentials = (sql: Sql, ownerId: string) => sql<CredentialRow[]>`
  select id, state, coalesce(expires_at <= now(), false) as expired, created_at as "createdAt", expires_at as "expiresAt",
    last_used_at as "lastUsedAt", last_used_address as "lastUsedAddress", last_used_agent as "lastUsedAgent"
  from credentials where key_id = ${ownerId} or identity_id = ${ownerId}
  order by created_at desc, id desc
  limit 100
`;

/** The ids of credentials that a user's keys and identities in a team work with. */
export const credentialsOfMaker = (sql: Sql, teamId: string, userId: string) => sql<{ id: string; ownerId: string }[]>`
  select credential.id, coalesce(key.id, identity.id) as "ownerId"
  from credentials credential
  left join api_keys key on key.id = credential.key_id and key.revoked_at is null
    and (key.expires_at is null or key.expires_at > now())
  left join machine_identities identity on identity.id = credential.identity_id and identity.state <> 'revoked'
  where (credential.key_id in (select id from api_keys where maker_id = ${userId} and team_id = ${teamId})
      or credential.identity_id in (select id from machine_identities where maker_id = ${userId} and team_id = ${teamId}))
    and coalesce(key.id, identity.id) is not null
    and credential.state <> 'revoked' and (credential.expires_at is null or credential.expires_at > now())
`;
