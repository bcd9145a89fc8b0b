import { TeamRole } from '#proto/muster/v1/auth_pb.js';

/** A role in a sentence. */
export const roleWords: Record<TeamRole, string> = {
  [TeamRole.UNSPECIFIED]: 'no role',
  [TeamRole.OWNER]: 'owner',
  [TeamRole.ADMIN]: 'admin',
  [TeamRole.MEMBER]: 'member',
  [TeamRole.READ_ONLY]: 'read-only',
};

/** A role on its own, as tables show it. */
export const roleTitles: Record<TeamRole, string> = {
  [TeamRole.UNSPECIFIED]: '–',
  [TeamRole.OWNER]: 'Owner',
  [TeamRole.ADMIN]: 'Admin',
  [TeamRole.MEMBER]: 'Member',
  [TeamRole.READ_ONLY]: 'Read-only',
};

/** What can be given by an invite or a change; ownership is handed over. */
export const givenRoles = [
  { value: TeamRole.MEMBER, label: 'Member: works with the team’s sandboxes' },
  { value: TeamRole.ADMIN, label: 'Admin: also manages members and settings' },
] as const;

/** Owners and admins run a team. */
export const runsTeam = (role: TeamRole): boolean => role === TeamRole.OWNER || role === TeamRole.ADMIN;
