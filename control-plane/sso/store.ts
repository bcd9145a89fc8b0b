import type { Membership, TeamRole } from '../access/index.ts';
import type { Sql } from '../database/index.ts';

/** What is stored of somebody whom the sign-in service names. */
export interface KnownPerson {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  readonly platformAdmin: boolean;
  readonly memberships: readonly Membership[];
}

/** One statement by unique keys: asked at every request. */
export const findPerson = async (sql: Sql, source: string, id: string): Promise<KnownPerson | undefined> => {
  const [row] = await sql<KnownPerson[]>`
    select users.id as "userId", users.name, users.email, users.active, users.platform_admin as "platformAdmin",
      coalesce((
        select jsonb_agg(jsonb_build_object('teamId', team.id, 'teamName', team.name, 'teamSlug', team.slug,
          'ssoName', team.sso_name, 'role', member.role) order by team.name, team.id)
        from team_members member join teams team on team.id = member.team_id
        where member.user_id = users.id and team.deleted_at is null
      ), '[]') as memberships
    from users where sso_source = ${source} and sso_id = ${id}
  `;
  return row;
};

/** Answers nothing where they are known. */
export const insertPerson = (
  sql: Sql,
  person: { userId: string; source: string; id: string; name: string; email: string; platformAdmin: boolean },
) => sql<{ id: string }[]>`
  insert into users (id, name, email, platform_admin, sso_source, sso_id)
  values (${person.userId}, ${person.name}, ${person.email}, ${person.platformAdmin}, ${person.source}, ${person.id})
  on conflict (sso_source, sso_id) do nothing
  returning id
`;

/** Holds the person's row: of two requests that bring something new, the second sees what the first did. */
export const lockPerson = (sql: Sql, userId: string) => sql`select from users where id = ${userId} for update`;

export const updatePerson = (
  sql: Sql,
  userId: string,
  person: { name: string; email: string; platformAdmin: boolean },
) => sql`
  update users set name = ${person.name}, email = ${person.email}, platform_admin = ${person.platformAdmin}
  where id = ${userId}
`;

/** Answers nothing where the team, or its slug, is taken. */
export const insertTeam = (sql: Sql, team: { id: string; slug: string; ssoName: string }) => sql<{ id: string }[]>`
  insert into teams (id, slug, name, sso_name) values (${team.id}, ${team.slug}, ${team.ssoName}, ${team.ssoName})
  on conflict do nothing
  returning id
`;

/** The team by its name at the sign-in service, held against deletion. */
export const findTeam = async (sql: Sql, ssoName: string): Promise<string | undefined> => {
  const [row] = await sql<{ id: string }[]>`
    select id from teams where sso_name = ${ssoName} and deleted_at is null for share
  `;
  return row?.id;
};

export const putMember = (sql: Sql, teamId: string, userId: string, role: TeamRole) => sql`
  insert into team_members (team_id, user_id, role) values (${teamId}, ${userId}, ${role})
  on conflict (team_id, user_id) do update set role = excluded.role
`;

/** Takes them out of a team; their sessions fall back to another. */
export const dropMember = (sql: Sql, teamId: string, userId: string) => sql`
  with gone as (delete from team_members where team_id = ${teamId} and user_id = ${userId} returning user_id)
  update sessions set active_team_id = null from gone where sessions.user_id = gone.user_id and sessions.active_team_id = ${teamId}
`;

/** Makes those platform admins whom the configuration names, of all whom a sign-in service vouches for. Answers who changed. */
export const settleAdmins = (sql: Sql, source: string, ids: readonly string[]) => sql<
  { id: string; platformAdmin: boolean }[]
>`
  update users set platform_admin = not platform_admin
  where sso_source is not null
    and platform_admin <> (sso_source = ${source} and sso_id = any(${ids as string[]}::text[]))
  returning id, platform_admin as "platformAdmin"
`;
