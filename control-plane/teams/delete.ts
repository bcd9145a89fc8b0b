import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { invalidField } from '../errors.ts';
import { visibleTeam } from './find.ts';
import { inTeam, requireStill } from './members.ts';
import { markDeleted } from './store.ts';
import type { TeamRow } from './team.ts';

/** What has to end with a team, in the transaction of its end. */
export interface TeamEnd {
  /** Marks all of the team's sandboxes as to be destroyed; what runs is ended by the ordinary path. Answers how many. */
  destroyAll(sql: Sql, context: Context, teamId: string): Promise<number>;
}

/** What teams ask of the hosts that they brought. */
export interface TeamHosts {
  count(sql: Sql, teamId: string): Promise<number>;
  /** By name; held until the transaction ends. */
  names(sql: Sql, teamId: string): Promise<string[]>;
  /** Ends them, in the transaction of the team's end, with what is on them. */
  deleteAll(sql: Sql, context: Context, teamId: string): Promise<TeamEnded>;
}

/** What ends with a team. */
export interface EndsWithTeam {
  readonly sandboxes: TeamEnd;
  readonly hosts: TeamHosts;
}

/** What has ended with a team. */
export interface TeamEnded {
  readonly destroyedSandboxes: number;
  readonly deletedHosts: number;
}

/** Deletes a team: it is out of every query at once, and nothing can be created in it any more. */
export function deleteTeam(
  context: Context,
  teamId: string,
  confirmName: string,
  ending: EndsWithTeam,
): Promise<TeamEnded> {
  return inTeam(context, teamId, async (sql) => {
    await requireStill(sql, context, 'team.delete', teamId);
    const team = await visibleTeam(context, teamId, sql);
    if (confirmName !== team.name)
      throw invalidField('confirm_name', 'confirm_name must be the name of the team that is to be deleted.');
    return endTeam(sql, context, team, ending);
  });
}

/** The same inside the caller's transaction, which holds the team's lock. */
export async function endTeam(
  sql: Sql,
  context: Context,
  team: Pick<TeamRow, 'id' | 'name'>,
  { sandboxes, hosts }: EndsWithTeam,
): Promise<TeamEnded> {
  await markDeleted(sql, team.id);
  const { deletedHosts, destroyedSandboxes } = await hosts.deleteAll(sql, context, team.id);
  const ended = {
    deletedHosts,
    destroyedSandboxes: destroyedSandboxes + (await sandboxes.destroyAll(sql, context, team.id)),
  };
  await recordAudit(sql, context, {
    action: 'team.delete',
    target: team.id,
    teamId: team.id,
    before: { name: team.name },
    after: { ...ended },
  });
  // The team's keys stop with it.
  await announce(sql, 'credential', ['*']);
  return ended;
}
