import type { Caller, TeamRole } from '../access/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';
import { findTeam, type TeamVisibility } from './store.ts';
import type { TeamRow } from './team.ts';

/** Teams exist for their members, and for platform admins. */
export function teamVisibility(caller: Caller): TeamVisibility {
  switch (caller.kind) {
    case 'system':
      return { all: true, teamIds: [] };
    case 'session':
    case 'user_token':
    case 'trusted_header':
    case 'oidc_token':
      return { all: caller.platformAdmin, teamIds: caller.memberships.map(({ teamId }) => teamId) };
    case 'org_key':
      return caller.activeTeamId === undefined
        ? { all: true, teamIds: [] }
        : { all: false, teamIds: [caller.activeTeamId] };
    case 'team_key':
    case 'machine_identity':
      return { all: false, teamIds: [caller.activeTeamId] };
    case 'host':
    case 'anonymous':
      return { all: false, teamIds: [] };
  }
}

/** The team, if it stands and the caller may see it. Throws `not_found` otherwise. */
export async function visibleTeam(context: Context, id: string, sql: Sql = context.sql): Promise<TeamRow> {
  const team = await findTeam(sql, id, teamVisibility(context.caller));
  if (!team) throw notFound('team');
  return team;
}

/** The caller's role in a team; undefined for those who do not belong to it. */
export const roleIn = (caller: Caller, teamId: string): TeamRole | undefined =>
  'memberships' in caller ? caller.memberships.find((membership) => membership.teamId === teamId)?.role : undefined;
