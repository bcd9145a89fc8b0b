import type { SecondFactorDemand } from '../access/index.ts';
import type { Sql } from '../database/index.ts';

/** Who requires a second factor of somebody: the installation, or teams of theirs. Undefined where nobody does. */
export function demandOf(installation: boolean, teams: readonly string[]): SecondFactorDemand | undefined {
  return installation || teams.length > 0
    ? { installation, teams: teams.toSorted((a, b) => a.localeCompare(b)) }
    : undefined;
}

/** Who requires a second factor of a user; undefined where nobody does. */
export const findDemand = async (sql: Sql, userId: string): Promise<SecondFactorDemand | undefined> => {
  const rows = await sql<{ installation: boolean; team: string | null }[]>`
    select installation.require_second_factor as installation, team.name as team
    from users, installation
    left join (team_members member join teams team on team.id = member.team_id
      and team.require_second_factor and team.deleted_at is null) on member.user_id = ${userId}
    where users.id = ${userId}
  `;
  return demandOf(
    rows[0]?.installation ?? false,
    rows.flatMap(({ team }) => team ?? []),
  );
};
