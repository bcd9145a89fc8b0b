export { createTeam } from './create.ts';
export { endTeam, type EndsWithTeam, type TeamHosts } from './delete.ts';
export { teamVisibility, visibleTeam } from './find.ts';
export { deleteMember, memberByEmail, memberRole } from './member-store.ts';
export { inTeam } from './members.ts';
export { teamRoutes, type TeamSandboxes } from './rpc.ts';
export { holdTeam, joinTeam, lockTeam, lockTeamForHosts, teamPolicy } from './store.ts';
export { roleFromProto, roleToProto } from './to-proto.ts';
export type { TeamQuota, TeamRow, TeamUsage } from './team.ts';
