import type { Sql } from '../database/index.ts';
import type { UserRow } from './user.ts';

const columns = (sql: Sql) => sql`
  users.id, users.name, users.email, users.platform_admin as "platformAdmin", users.active, users.created_at as "createdAt",
  (select max(session.last_used_at) from sessions session where session.user_id = users.id) as "lastSeenAt",
  exists (select from passkeys where passkeys.user_id = users.id) as "secondFactor",
  array(
    select team.name from team_members member join teams team on team.id = member.team_id
    where member.user_id = users.id and team.deleted_at is null order by team.name
  ) as teams
`;

export const findUser = async (sql: Sql, id: string): Promise<UserRow | undefined> => {
  const [row] = await sql<UserRow[]>`select ${columns(sql)} from users where users.id = ${id} and erased_at is null`;
  return row;
};

interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  /** Whether they sign in here, and not at a sign-in service. */
  readonly hasPassword: boolean;
}

/** Whom a mail or a link is for. */
export const findPerson = async (sql: Sql, id: string): Promise<Person | undefined> => {
  const [row] = await sql<Person[]>`
    select id, name, email, active, sso_source is null as "hasPassword" from users where id = ${id} and erased_at is null
  `;
  return row;
};

/** Everybody who runs the installation and may sign in. */
export const findPlatformAdmins = (sql: Sql) => sql<Person[]>`
  select id, name, email, active, sso_source is null as "hasPassword" from users where platform_admin and active order by id
`;

/** Users by name whose name or address contains `search`, from the one after `after` (name, id) on. */
export const listUsers = (sql: Sql, search: string, after: readonly string[] | undefined, limit: number) => sql<
  UserRow[]
>`
  select ${columns(sql)} from users
  where erased_at is null
    and (${search === ''} or strpos(lower(users.name), lower(${search})) > 0 or strpos(users.email_key, lower(${search})) > 0)
    and (${after === undefined} or (users.name, users.id) > (${after?.[0] ?? ''}, ${after?.[1] ?? ''}))
  order by users.name, users.id
  limit ${limit}
`;

/** At most ten active users whose address begins with this, and who are not in the team yet. */
export const searchUsers = (sql: Sql, teamId: string, emailPrefix: string) => sql<
  { id: string; name: string; email: string }[]
>`
  select id, name, email from users
  where active and starts_with(email_key, ${emailPrefix})
    and not exists (select from team_members member where member.team_id = ${teamId} and member.user_id = users.id)
  order by email_key
  limit 10
`;

/** Of two changes of an account at once, the second sees what the first did. */
export const lockUser = (sql: Sql, id: string) => sql`select from users where id = ${id} for no key update`;

export const renameUser = (sql: Sql, id: string, name: string) => sql`update users set name = ${name} where id = ${id}`;

/**
 * Locks all accounts that run the installation, so that of two changes at once the second sees the first. Only those who
 * can sign in now: with a password, or through the sign-in service.
 */
export const lockPlatformAdmins = async (sql: Sql, hasPasswords: boolean): Promise<string[]> => {
  const rows = await sql<{ id: string }[]>`
    select id from users where platform_admin and active and (sso_source is null) = ${hasPasswords} order by id for update
  `;
  return rows.map(({ id }) => id);
};

export const setActive = (sql: Sql, id: string, active: boolean) =>
  sql`update users set active = ${active} where id = ${id}`;

export const setPlatformAdmin = (sql: Sql, id: string, platformAdmin: boolean) => sql`
  update users set platform_admin = ${platformAdmin} where id = ${id}
`;

/** Ends all sessions of a user. */
export const endSessions = (sql: Sql, userId: string) => sql<{ id: string }[]>`
  update sessions set revoked_at = now() where user_id = ${userId} and revoked_at is null returning id
`;
