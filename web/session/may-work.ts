import { TeamRole, type Caller } from '#proto/muster/v1/auth_pb.js';

/** Why the user may make and change nothing of the active team. The server decides; this only says it before the press. */
export function workRefusal({ teams, activeTeamId }: Caller): string | undefined {
  const team = teams.find(({ teamId }) => teamId === activeTeamId);
  if (team === undefined) return 'You have no active team. What you make here belongs to a team.';
  if (team.role === TeamRole.READ_ONLY) return `You may look at what ${team.teamName} has, and change nothing.`;
  return undefined;
}
