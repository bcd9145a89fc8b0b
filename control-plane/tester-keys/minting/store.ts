import type { Sql } from '../../database/index.ts';

/** Has the live key of a team at a provider replaced with the next run; answers which, or nothing where there is none. */
export const bringRotationForward = async (sql: Sql, teamId: string, provider: string): Promise<string | undefined> => {
  const [row] = await sql<{ id: string }[]>`
    update minted_keys set rotates_at = least(rotates_at, now())
    where team_id = ${teamId} and provider = ${provider} and state = 'live'
    returning id
  `;
  return row?.id;
};
