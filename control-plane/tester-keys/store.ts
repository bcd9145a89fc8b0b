import type { Sql } from '../database/index.ts';
import type { Keyring, MintedKey } from './keyring.ts';

/** Those of these teams, or of all that stand. */
export const readKeyrings = (sql: Sql, teamIds?: readonly string[]) => sql<Keyring[]>`
  select keyring.team_id as "teamId", keyring.holder_id as "holderId", keyring.gateway_token_id as "tokenId",
    (token.id is not null and token.revoked_at is null) as "tokenIsActive"
  from keyrings keyring
  join teams team on team.id = keyring.team_id and team.deleted_at is null
  left join gateway_tokens token on token.id = keyring.gateway_token_id
  where ${teamIds ? sql`keyring.team_id = any(${teamIds as string[]}::text[])` : sql`true`}
  order by keyring.team_id
`;

/** Whether a team has any keys at all, of its own or given. In one statement, because every new sandbox asks. */
export const hasKeyring = async (sql: Sql, teamId: string): Promise<boolean> =>
  (await sql`select from keyrings where team_id = ${teamId}`).count === 1;

/** Makes a team's keyring, if there is none, and locks it until the transaction ends. */
export async function lockKeyring(sql: Sql, teamId: string): Promise<Pick<Keyring, 'holderId' | 'tokenId'>> {
  await sql`insert into keyrings (team_id) values (${teamId}) on conflict do nothing`;
  const [row] = await sql<Pick<Keyring, 'holderId' | 'tokenId'>[]>`
    select holder_id as "holderId", gateway_token_id as "tokenId" from keyrings where team_id = ${teamId} for update
  `;
  return row!; // inserted above, if it was not there
}

export const setHolder = (sql: Sql, teamId: string, holderId: string | undefined) => sql`
  update keyrings set holder_id = ${holderId ?? null}, seeded_at = case when ${holderId ?? null}::text is null then null else now() end
  where team_id = ${teamId}
`;

export const setToken = (sql: Sql, teamId: string, tokenId: string | undefined) =>
  sql`update keyrings set gateway_token_id = ${tokenId ?? null} where team_id = ${teamId}`;

/** Teams whose token works and has had its secret for so many days; of this team alone where one is named. */
export const findAgedTokens = (sql: Sql, days: number, teamId?: string) => sql<{ teamId: string }[]>`
  select keyring.team_id as "teamId"
  from keyrings keyring
  join teams team on team.id = keyring.team_id and team.deleted_at is null
  join gateway_tokens token on token.id = keyring.gateway_token_id and token.revoked_at is null
  join users holder on holder.id = token.user_id and holder.active
  join team_members member on member.team_id = token.team_id and member.user_id = token.user_id
  where ${teamId === undefined ? sql`true` : sql`keyring.team_id = ${teamId}`}
    and (select max(created_at) from gateway_secrets where token_id = token.id) < now() - ${days} * interval '1 day'
  limit 100
`;

/** Teams that have ended, and whose keys have not. */
export const findEndedKeyrings = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ teamId: string }[]>`
    select keyring.team_id as "teamId" from keyrings keyring
    join teams team on team.id = keyring.team_id and team.deleted_at is not null
    where keyring.ended_at is null
    limit 100
  `;
  return rows.map(({ teamId }) => teamId);
};

export const setEnded = (sql: Sql, teamId: string) =>
  sql`update keyrings set ended_at = now() where team_id = ${teamId}`;

/** What was minted for a team is to go; what was only to be minted is not. */
export const unwantMinted = async (sql: Sql, teamId: string): Promise<void> => {
  await sql`update minted_keys set state = 'unwanted' where team_id = ${teamId} and state in ('live', 'replaced')`;
  await sql`delete from minted_keys where team_id = ${teamId} and state = 'wanted'`;
};

const mintedRow = (sql: Sql) => sql`
  select id, team_id as "teamId", provider, state, attempt, provider_ref as ref, limit_micros::float8 as "limitMicros",
    limit_period as "limitPeriod", minted_at as "mintedAt", rotates_at as "rotatesAt", expires_at as "expiresAt",
    coalesce(expires_at <= now(), false) as "isExpired", spent_micros::float8 as "spentMicros",
    spent_in_period_micros::float8 as "spentInPeriodMicros", used_at as "usedAt", seen_at as "seenAt", problem
  from minted_keys
`;

/** All that were minted, or are to be, for these teams, also those that ended; the newest first. */
export const listMinted = (sql: Sql, teamIds: readonly string[]) => sql<MintedKey[]>`
  ${mintedRow(sql)} where team_id = any(${teamIds as string[]}::text[]) order by minted_at desc nulls first, id desc
`;

/** What has not ended of one provider. */
export const listMintedAt = (sql: Sql, provider: string) =>
  sql<MintedKey[]>`${mintedRow(sql)} where provider = ${provider} and state <> 'ended' order by wanted_at, id`;
