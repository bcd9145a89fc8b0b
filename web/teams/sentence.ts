import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import type { Member } from '#proto/muster/v1/team_pb.js';

/** A team in one sentence. */
export function teamSentence(members: readonly Member[], invites: number): string {
  const owners = members.filter(({ role }) => role === TeamRole.OWNER);
  const people =
    members.length === 1
      ? 'You are the only member'
      : `${members.length} people, ${owners.length === 1 ? `owned by ${owners[0]?.name}` : `${owners.length} of them owners`}`;
  if (invites === 0) return `${people}.`;
  return `${people}; ${invites === 1 ? '1 invite is' : `${invites} invites are`} open.`;
}
