import { TeamRole, type Caller } from '#proto/muster/v1/auth_pb.js';

const roleOf = ({ teams, activeTeamId }: Caller): TeamRole | undefined =>
  teams.find(({ teamId }) => teamId === activeTeamId)?.role;

const runsIt = (role: TeamRole | undefined): boolean => role === TeamRole.OWNER || role === TeamRole.ADMIN;

/** Whether there are keys, identities and approvals for this user at all. */
export const maySeeCredentials = (caller: Caller): boolean => caller.platformAdmin || runsIt(roleOf(caller));

/** Why the user may make none for the active team. The server decides; this only says it before the press. */
export const makeRefusal = (caller: Caller): string | undefined =>
  runsIt(roleOf(caller)) ? undefined : 'Only owners and admins of this team may make one.';
