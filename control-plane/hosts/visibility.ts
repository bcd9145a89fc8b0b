import type { Caller } from '../access/index.ts';

/** Whose hosts a caller sees, besides the platform's own, which every signed-in user sees. */
export interface Visibility {
  readonly all: boolean;
  readonly teamIds: string[];
  /** Nothing but this host, and what is on it. */
  readonly onlyHostId?: string | undefined;
}

/** What does not exist for a caller is left out by the queries themselves. */
export function visibilityOf(caller: Caller): Visibility {
  switch (caller.kind) {
    case 'system':
      return { all: true, teamIds: [] };
    case 'session':
    case 'user_token':
    case 'trusted_header':
    case 'oidc_token':
      return { all: caller.platformAdmin, teamIds: caller.memberships.map(({ teamId }) => teamId) };
    case 'org_key': {
      const { activeTeamId, boundHostId } = caller;
      return { all: activeTeamId === undefined, teamIds: activeTeamId ? [activeTeamId] : [], onlyHostId: boundHostId };
    }
    case 'team_key':
    case 'machine_identity':
      return { all: false, teamIds: [caller.activeTeamId], onlyHostId: caller.boundHostId };
    case 'host':
    case 'anonymous':
      return { all: false, teamIds: [] };
  }
}
