import type { Sql } from '../database/index.ts';
import type { Environment, Identity, IdentityState } from './identity.ts';

const identityRow = (sql: Sql) => sql`
  select identity.id, identity.name, identity.team_id as "teamId", identity.environment, identity.role,
    to_jsonb(identity.scopes) as scopes, identity.state, member.role is null as orphaned,
    identity.bound_host_id as "boundHostId", identity.maker_id as "makerId", maker.name as "makerName",
    identity.created_at as "createdAt", ${createdMicros(sql)}::text as "createdMicros",
    used.last_used_at as "lastUsedAt", used.expires_at as "expiresAt"
  from machine_identities identity
  join teams team on team.id = identity.team_id and team.deleted_at is null
  join users maker on maker.id = identity.maker_id
  left join team_members member on member.team_id = identity.team_id and member.user_id = maker.id and maker.active
  left join lateral (
    select max(last_used_at) as last_used_at, max(expires_at) filter (where state <> 'revoked' and expires_at > now()) as expires_at
    from credentials where identity_id = identity.id
  ) used on true
`;

const createdMicros = (sql: Sql) => sql`(extract(epoch from identity.created_at) * 1000000)::bigint`;

/** An identity, if its team may be seen. */
export const findIdentity = async (
  sql: Sql,
  id: string,
  visible: { readonly all: boolean; readonly teamIds: readonly string[] },
): Promise<Identity | undefined> => {
  const [row] = await sql<Identity[]>`
    ${identityRow(sql)}
    where identity.id = ${id} and (${visible.all} or identity.team_id = any(${visible.teamIds as string[]}::text[]))
  `;
  return row;
};

/** A team's identities, newest first. */
export const listIdentities = (
  sql: Sql,
  filter: { teamId: string; revoked: boolean; after: readonly string[] | undefined; limit: number },
) => sql<Identity[]>`
  ${identityRow(sql)}
  where identity.team_id = ${filter.teamId} and (${filter.revoked} or identity.state <> 'revoked')
    and ${filter.after ? sql`(${createdMicros(sql)}, identity.id) < (${filter.after[0]!}::bigint, ${filter.after[1]!})` : sql`true`}
  order by identity.created_at desc, identity.id desc
  limit ${filter.limit}
`;

/** Whether an identity of this name that is not revoked is in the team. */
export const nameIsTaken = async (sql: Sql, teamId: string, name: string): Promise<boolean> =>
  (await sql`select from machine_identities where team_id = ${teamId} and name = ${name} and state <> 'revoked'`)
    .length > 0;

export interface NewIdentity {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
  readonly environment: Environment;
  readonly role: 'operator' | 'read_only';
  readonly scopes: readonly string[];
  readonly makerId: string;
  readonly boundHostId: string | undefined;
  readonly requestId: string | undefined;
}

/** Inserts an identity, unless the same request did before; answers whether it is new. */
export async function insertIdentity(sql: Sql, identity: NewIdentity): Promise<boolean> {
  const rows = await sql`
    insert into machine_identities (id, name, team_id, environment, role, scopes, maker_id, bound_host_id, request_id)
    values (${identity.id}, ${identity.name}, ${identity.teamId}, ${identity.environment}, ${identity.role},
      ${identity.scopes as string[]}::text[], ${identity.makerId}, ${identity.boundHostId ?? null}, ${identity.requestId ?? null})
    on conflict (request_id) do nothing
    returning id
  `;
  return rows.length === 1;
}

/** The identity that this request has made before. */
export async function findIdentityByRequest(sql: Sql, requestId: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`select id from machine_identities where request_id = ${requestId}`;
  return row?.id;
}

export const setState = (sql: Sql, id: string, state: IdentityState) => sql`
  update machine_identities set state = ${state} where id = ${id}
`;

/** Makes a user the one whose role bounds an identity. */
export const setMaker = (sql: Sql, id: string, userId: string) => sql`
  update machine_identities set maker_id = ${userId} where id = ${id}
`;
