import type { Sql } from '../database/index.ts';

/** The team that a host belongs to; null for the platform's own. */
export async function findOwner(sql: Sql, hostId: string): Promise<string | null> {
  const [row] = await sql<{ teamId: string | null }[]>`select team_id as "teamId" from hosts where id = ${hostId}`;
  return row?.teamId ?? null;
}

/** How many hosts a team has. */
export async function countHostsOf(sql: Sql, teamId: string): Promise<number> {
  const [row] = await sql<{ hosts: number }[]>`
    select count(*)::int as hosts from hosts where team_id = ${teamId} and status <> 'deleted'
  `;
  return row?.hosts ?? 0;
}

/** A team's hosts by name, locked until the transaction ends. */
export const lockHostsOf = (sql: Sql, teamId: string) => sql<{ id: string; name: string }[]>`
  select id, name from hosts where team_id = ${teamId} and status <> 'deleted' order by id for no key update
`;

/** Gives back what was assigned to a team of the platform's hosts. */
export const releaseHostsOf = (sql: Sql, teamId: string) => sql<{ id: string }[]>`
  update hosts set assigned_team_id = null where assigned_team_id = ${teamId} returning id
`;
