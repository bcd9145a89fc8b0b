import type { Sql } from '../database/index.ts';

/** The team of a sandbox; null for what is none. */
export const findTeamOfSandbox = async (sql: Sql, id: string | undefined): Promise<string | null> => {
  if (id === undefined) return null;
  const [row] = await sql<{ teamId: string }[]>`select team_id as "teamId" from sandboxes where id = ${id}`;
  return row?.teamId ?? null;
};
