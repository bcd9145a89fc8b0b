import { getRouteApi } from '@tanstack/react-router';
import type { Caller, Membership } from '#proto/muster/v1/auth_pb.js';

const signedIn = getRouteApi('/signed-in');

/** The signed-in user. Only inside the signed-in routes. */
export const useCaller = (): Caller => signedIn.useRouteContext().caller;

/** The team that the session acts for. Undefined where the caller has none. */
export function useActiveTeam(): Membership | undefined {
  const caller = useCaller();
  return caller.teams.find((team) => team.teamId === caller.activeTeamId);
}
