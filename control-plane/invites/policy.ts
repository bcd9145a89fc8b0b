import type { TeamRole } from '../access/index.ts';

/** Whether somebody with this role in a team may invite with that role. Members invite members, where the team says so. */
export function mayInvite(role: TeamRole | undefined, policy: 'admins' | 'members', invited: TeamRole): boolean {
  if (role === 'owner' || role === 'admin') return invited !== 'owner';
  return role === 'member' && policy === 'members' && invited === 'member';
}
