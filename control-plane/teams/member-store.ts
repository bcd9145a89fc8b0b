import type { TeamRole } from '../access/index.ts';
import type { Sql } from '../database/index.ts';

export interface MemberRow {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: TeamRole;
  readonly joinedAt: Date;
  readonly ownershipOffered: boolean;
  readonly secondFactor: boolean;
}

/** An offer that counts: in time, and as long as its maker owns the team and may sign in. */
const stands = (sql: Sql) => sql`
  offer.expires_at > now() and exists (
    select from team_members maker join users person on person.id = maker.user_id
    where maker.team_id = offer.team_id and maker.user_id = offer.offered_by and maker.role = 'owner' and person.active
  )
`;

const columns = (sql: Sql) => sql`
  member.user_id as "userId", users.name, users.email, member.role, member.joined_at as "joinedAt",
  exists (select from ownership_offers offer where offer.team_id = member.team_id and offer.user_id = member.user_id and ${stands(sql)})
    as "ownershipOffered",
  exists (select from passkeys where passkeys.user_id = member.user_id) as "secondFactor"
`;

/** Members by name, from the one after `after` (name, user id) on. */
export const listMembers = (sql: Sql, teamId: string, after: readonly string[] | undefined, limit: number) => sql<
  MemberRow[]
>`
  select ${columns(sql)} from team_members member join users on users.id = member.user_id
  where member.team_id = ${teamId} and (${after === undefined} or (users.name, users.id) > (${after?.[0] ?? ''}, ${after?.[1] ?? ''}))
  order by users.name, users.id
  limit ${limit}
`;

export const findMember = async (sql: Sql, teamId: string, userId: string): Promise<MemberRow | undefined> => {
  const [row] = await sql<MemberRow[]>`
    select ${columns(sql)} from team_members member join users on users.id = member.user_id
    where member.team_id = ${teamId} and member.user_id = ${userId}
  `;
  return row;
};

/** Owners besides this one who may sign in: a locked-out one cannot run the team. */
export const countOtherOwners = async (sql: Sql, teamId: string, userId: string): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from team_members member join users on users.id = member.user_id
    where member.team_id = ${teamId} and member.user_id <> ${userId} and member.role = 'owner' and users.active
  `;
  return row!.count; // one row always
};

/**
 * The teams that somebody owns and nobody else who may sign in does, by name. All that they are in stay locked against
 * changes of members until the transaction ends, in the order of their ids.
 */
export const lockOwnedAlone = async (sql: Sql, userId: string): Promise<{ id: string; name: string }[]> => {
  await sql`
    select from teams where deleted_at is null and id in (select team_id from team_members where user_id = ${userId})
    order by id for update
  `;
  return sql<{ id: string; name: string }[]>`
    select team.id, team.name from team_members own join teams team on team.id = own.team_id
    where own.user_id = ${userId} and own.role = 'owner' and team.deleted_at is null
      and not exists (
        select from team_members other join users on users.id = other.user_id
        where other.team_id = team.id and other.user_id <> ${userId} and other.role = 'owner' and users.active
      )
    order by team.name, team.id
  `;
};

export const setRole = (sql: Sql, member: { teamId: string; userId: string; role: TeamRole }) => sql`
  update team_members set role = ${member.role} where team_id = ${member.teamId} and user_id = ${member.userId}
`;

/** Takes a member out; their sessions fall back to another of their teams. */
export const deleteMember = (sql: Sql, teamId: string, userId: string) => sql`
  with gone as (delete from team_members where team_id = ${teamId} and user_id = ${userId} returning user_id)
  update sessions set active_team_id = null from gone where sessions.user_id = gone.user_id and sessions.active_team_id = ${teamId}
`;

/** Whether an account exists and may sign in. */
export const isActiveUser = async (sql: Sql, userId: string): Promise<boolean> =>
  (await sql`select from users where id = ${userId} and active`).length > 0;

export const offerOwnership = async (
  sql: Sql,
  offer: { teamId: string; userId: string; by: string; stepDown: boolean; lifeMs: number },
): Promise<Date> => {
  const [row] = await sql<{ expiresAt: Date }[]>`
    insert into ownership_offers (team_id, user_id, offered_by, step_down, expires_at)
    values (${offer.teamId}, ${offer.userId}, ${offer.by}, ${offer.stepDown}, now() + ${offer.lifeMs} * interval '1 millisecond')
    on conflict (team_id, user_id) do update
      set offered_by = excluded.offered_by, step_down = excluded.step_down, offered_at = now(), expires_at = excluded.expires_at
    returning expires_at as "expiresAt"
  `;
  return row!.expiresAt; // inserted or updated: one row always
};

/** Uses up an offer that stands. */
export const takeOffer = async (
  sql: Sql,
  teamId: string,
  userId: string,
): Promise<{ offeredBy: string; stepDown: boolean } | undefined> => {
  const [row] = await sql<{ offeredBy: string; stepDown: boolean }[]>`
    delete from ownership_offers offer
    where offer.team_id = ${teamId} and offer.user_id = ${userId} and ${stands(sql)}
    returning offer.offered_by as "offeredBy", offer.step_down as "stepDown"
  `;
  return row;
};

/** The role that an active user has in a team now. */
export const memberRole = async (sql: Sql, teamId: string, userId: string): Promise<TeamRole | undefined> => {
  const [row] = await sql<{ role: TeamRole }[]>`
    select member.role from team_members member join users on users.id = member.user_id
    where member.team_id = ${teamId} and member.user_id = ${userId} and users.active
  `;
  return row?.role;
};

/** Whether somebody with this address is in the team. */
export const memberByEmail = async (sql: Sql, teamId: string, emailKey: string): Promise<boolean> =>
  (
    await sql`
      select from team_members member join users on users.id = member.user_id
      where member.team_id = ${teamId} and users.email_key = ${emailKey}
    `
  ).length > 0;
