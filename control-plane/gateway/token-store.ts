import type { Sql } from '../database/index.ts';
import type { GatewayToken } from './token.ts';

/** Who presents a secret, as it is at this moment. */
export interface LiveSecret {
  readonly secretId: string;
  readonly hash: Buffer;
  readonly tokenId: string;
  readonly userId: string;
  readonly teamId: string;
  /** Whether its last use should be written again. */
  readonly stale: boolean;
}

/** A secret that works, in one statement by primary keys. Nothing for one that is over or whose user is gone from the team. */
export const findLiveSecret = async (sql: Sql, id: string): Promise<LiveSecret | undefined> => {
  const [row] = await sql<LiveSecret[]>`
    select secret.id as "secretId", secret.secret_hash as hash, token.id as "tokenId", token.user_id as "userId",
      token.team_id as "teamId", secret.last_used_at is null or secret.last_used_at < now() - interval '1 minute' as stale
    from gateway_secrets secret
    join gateway_tokens token on token.id = secret.token_id and token.revoked_at is null
    join users on users.id = token.user_id and users.active
    join teams team on team.id = token.team_id and team.deleted_at is null
    join team_members member on member.team_id = team.id and member.user_id = users.id
    where secret.id = ${id} and (secret.expires_at is null or secret.expires_at > now())
  `;
  return row;
};

/** Writes the use of a secret, once a minute at most. */
export const touchSecret = (sql: Sql, id: string) => sql`
  update gateway_secrets set last_used_at = now()
  where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')
`;

const createdMicros = (sql: Sql) => sql`(extract(epoch from token.created_at) * 1000000)::bigint`;

const tokenRow = (sql: Sql) => sql`
  select token.id, token.name, token.team_id as "teamId", token.user_id as "userId", users.name as "userName",
    case when token.revoked_at is not null then 'revoked' when member.user_id is null or not users.active then 'suspended'
      else 'active' end as state,
    newest.id as "secretId", token.created_by as "createdBy", token.created_at as "createdAt",
    ${createdMicros(sql)}::text as "createdMicros", used.at as "lastUsedAt", overlap.until as "overlapUntil"
  from gateway_tokens token
  join users on users.id = token.user_id
  join teams team on team.id = token.team_id and team.deleted_at is null
  left join team_members member on member.team_id = token.team_id and member.user_id = token.user_id
  join lateral (
    select id from gateway_secrets where token_id = token.id order by created_at desc, id desc limit 1
  ) newest on true
  join lateral (select max(last_used_at) as at from gateway_secrets where token_id = token.id) used on true
  join lateral (
    select max(expires_at) as until from gateway_secrets where token_id = token.id and expires_at > now()
  ) overlap on true
`;

/** Whose tokens somebody sees. */
interface Visibility {
  readonly all: boolean;
  readonly teamIds: readonly string[];
}

const seenBy = (sql: Sql, { all, teamIds }: Visibility) =>
  sql`(${all} or token.team_id = any(${teamIds as string[]}::text[]))`;

/** A token, if it may be seen. */
export const findToken = async (sql: Sql, id: string, visible: Visibility): Promise<GatewayToken | undefined> => {
  const [row] = await sql<GatewayToken[]>`${tokenRow(sql)} where token.id = ${id} and ${seenBy(sql, visible)}`;
  return row;
};

export interface TokenFilter {
  /** Undefined: of all teams that may be seen. */
  readonly teamId: string | undefined;
  readonly visible: Visibility;
  readonly ended: boolean;
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

/** Tokens, newest first. */
export const listTokens = (sql: Sql, { teamId, visible, ended, after, limit }: TokenFilter) => sql<GatewayToken[]>`
  ${tokenRow(sql)}
  where ${teamId === undefined ? sql`true` : sql`token.team_id = ${teamId}`} and ${seenBy(sql, visible)}
    and (${ended} or token.revoked_at is null)
    and ${after ? sql`(${createdMicros(sql)}, token.id) < (${after[0]!}::bigint, ${after[1]!})` : sql`true`}
  order by token.created_at desc, token.id desc
  limit ${limit}
`;

export interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
  readonly userId: string;
  readonly createdBy: string;
  readonly requestId: string | undefined;
}

/** False where this request has made one before. */
export const insertToken = async (sql: Sql, token: NewToken): Promise<boolean> => {
  const { count } = await sql`
    insert into gateway_tokens (id, name, team_id, user_id, created_by, request_id)
    values (${token.id}, ${token.name}, ${token.teamId}, ${token.userId}, ${token.createdBy}, ${token.requestId ?? null})
    on conflict (request_id) do nothing
  `;
  return count === 1;
};

export const findTokenByRequest = async (sql: Sql, requestId: string): Promise<string | undefined> =>
  (await sql<{ id: string }[]>`select id from gateway_tokens where request_id = ${requestId}`)[0]?.id;

/** Locks a token against other changes until the transaction ends. */
export const lockToken = (sql: Sql, id: string) => sql`select from gateway_tokens where id = ${id} for update`;

export const insertSecret = (sql: Sql, { id, hash, tokenId }: { id: string; hash: Buffer; tokenId: string }) =>
  sql`insert into gateway_secrets (id, secret_hash, token_id) values (${id}, ${hash}, ${tokenId})`;

/** Lets the secrets of a token go on for the overlap at most. */
export const retireSecrets = (sql: Sql, tokenId: string, overlapMs: number) => sql`
  update gateway_secrets set expires_at = least(expires_at, now() + ${overlapMs}::float8 * interval '1 millisecond')
  where token_id = ${tokenId} and (expires_at is null or expires_at > now())
`;

/** Ends a token; answers whose it was, or nothing where it had ended. */
export const endToken = async (
  sql: Sql,
  id: string,
): Promise<Pick<NewToken, 'name' | 'teamId' | 'userId'> | undefined> => {
  const [row] = await sql<Pick<NewToken, 'name' | 'teamId' | 'userId'>[]>`
    update gateway_tokens set revoked_at = now() where id = ${id} and revoked_at is null
    returning name, team_id as "teamId", user_id as "userId"
  `;
  return row;
};
