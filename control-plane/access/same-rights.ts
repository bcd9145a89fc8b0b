import { isDeepStrictEqual } from 'node:util';
import type { Caller } from './caller.ts';

/** Whether a caller who is read anew may do and see exactly what they could before. Names and uses do not matter. */
export const sameRights = (before: Caller, now: Caller): boolean => isDeepStrictEqual(rightsOf(before), rightsOf(now));

function rightsOf(caller: Caller): unknown {
  switch (caller.kind) {
    case 'session':
    case 'user_token':
    case 'trusted_header':
    case 'oidc_token': {
      const { platformAdmin, memberships, secondFactorDemand } = caller;
      const confined = secondFactorDemand !== undefined;
      return {
        platformAdmin,
        confined,
        teams: memberships.map(({ teamId, role }) => `${teamId} ${role}`).toSorted((a, b) => a.localeCompare(b)),
      };
    }
    case 'org_key':
      return { role: caller.role, team: caller.activeTeamId, host: caller.boundHostId };
    case 'team_key':
    case 'machine_identity': {
      const { role, makerRole, scopes, activeTeamId: team, boundHostId: host } = caller;
      return { role, makerRole, scopes, team, host };
    }
    case 'host':
    case 'anonymous':
    case 'system':
      return {};
  }
}
