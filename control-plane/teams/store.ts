import type { TeamRole } from '../access/index.ts';
import type { Sql } from '../database/index.ts';

/** Answers nothing where the slug is taken, also by a deleted team: slugs are reserved for ever. */
export const insertTeam = (sql: Sql, team: { id: string; slug: string; name: string }) => sql<{ id: string }[]>`
  insert into teams (id, slug, name) values (${team.id}, ${team.slug}, ${team.name})
  on conflict (slug) do nothing
  returning id
`;

export const insertMember = (sql: Sql, member: { teamId: string; userId: string; role: TeamRole }) => sql`
  insert into team_members (team_id, user_id, role) values (${member.teamId}, ${member.userId}, ${member.role})
`;
