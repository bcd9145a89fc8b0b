import { TeamRole, type Caller } from '#proto/muster/v1/auth_pb.js';

/** Whether there is an audit for this user at all: platform admins, and owners and admins of the active team. */
export function mayReadAudit({ platformAdmin, teams, activeTeamId }: Caller): boolean {
  const role = teams.find(({ teamId }) => teamId === activeTeamId)?.role;
  return platformAdmin || role === TeamRole.OWNER || role === TeamRole.ADMIN;
}
