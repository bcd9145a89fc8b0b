import { getRouteApi } from '@tanstack/react-router';
import type { Caller, Membership } from '#proto/muster/v1/auth_pb.js';
import type { GetSetupResponse } from '#proto/muster/v1/setup_pb.js';

const signedIn = getRouteApi('/signed-in');

/** The signed-in user. Only inside the signed-in routes. */
export const useCaller = (): Caller => signedIn.useRouteContext().caller;

/** How people sign in at this installation, and what else it says of itself. Only inside the signed-in routes. */
export const useSetup = (): GetSetupResponse => signedIn.useRouteContext().setup;

/** The team that the session acts for. Undefined where the caller has none. */
export function useActiveTeam(): Membership | undefined {
  const caller = useCaller();
  return caller.teams.find((team) => team.teamId === caller.activeTeamId);
}
