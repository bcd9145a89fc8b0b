import type { SecondFactorDemand } from '../access/index.ts';
import type { Sql } from '../database/index.ts';

/** SQL for who requires a second factor of a user, as JSON; null where nobody does. */
const demand = (sql: Sql, userId: ReturnType<Sql>) => sql`(
  select jsonb_build_object('installation', installation.require_second_factor, 'teams', requiring.teams)
  from installation, lateral (
    select coalesce(jsonb_agg(team.name order by team.name), '[]') as teams
    from team_members member join teams team on team.id = member.team_id
    where member.user_id = ${userId} and team.require_second_factor and team.deleted_at is null
  ) requiring
  where installation.require_second_factor or requiring.teams <> '[]'
)`;

/** The same, null also where the user has a passkey: it is asked with every request. */
export const unmetDemand = (sql: Sql, userId: ReturnType<Sql>) => sql`
  case when not exists (select from passkeys where passkeys.user_id = ${userId}) then ${demand(sql, userId)} end
`;

/** Who requires a second factor of a user; undefined where nobody does. */
export const findDemand = async (sql: Sql, userId: string): Promise<SecondFactorDemand | undefined> => {
  const [row] = await sql<{ demand: SecondFactorDemand | null }[]>`
    select ${demand(sql, sql`users.id`)} as demand from users where users.id = ${userId}
  `;
  return row?.demand ?? undefined;
};
