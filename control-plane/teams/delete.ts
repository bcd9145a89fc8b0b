import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { notFound } from '../errors.ts';
import { lockTeam, markDeleted } from './store.ts';
import type { TeamRow } from './team.ts';

/** What has to end with a team, in the transaction of its end. */
export interface TeamEnd {
  /** Marks all of the team's sandboxes as to be destroyed; what runs is ended by the ordinary path. Answers how many. */
  destroyAll(sql: Sql, context: Context, teamId: string): Promise<number>;
}

/** Deletes a team: it is out of every query at once, and nothing can be created in it any more. */
export function deleteTeam(context: Context, team: TeamRow, sandboxes: TeamEnd): Promise<number> {
  return context.transaction(async (sql) => {
    if (!(await lockTeam(sql, team.id))) throw notFound('team');
    return endTeam(sql, context, team, sandboxes);
  });
}

/** The same inside the caller's transaction, which holds the team's lock. */
export async function endTeam(
  sql: Sql,
  context: Context,
  team: Pick<TeamRow, 'id' | 'name'>,
  sandboxes: TeamEnd,
): Promise<number> {
  await markDeleted(sql, team.id);
  const destroyed = await sandboxes.destroyAll(sql, context, team.id);
  await recordAudit(sql, context, {
    action: 'team.delete',
    target: team.id,
    teamId: team.id,
    before: { name: team.name },
    after: { destroyedSandboxes: destroyed },
  });
  // The team's keys stop with it.
  await announce(sql, 'credential', ['*']);
  return destroyed;
}
