import type { MessageInitShape } from '@bufbuild/protobuf';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { InviteService, type CreateInviteRequestSchema } from '#proto/muster/v1/invite_pb.js';
import {
  TeamService,
  type OfferOwnershipRequestSchema,
  type SetTeamQuotaRequestSchema,
  type UpdateTeamRequestSchema,
} from '#proto/muster/v1/team_pb.js';
import { UserService } from '#proto/muster/v1/user_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl } from './buf-curl.ts';

/** The calls that do what the buttons of teams and users do. */
export const teamLines = (origin: string) => ({
  members: (teamId: string): CommandLines => ({ curl: bufCurl(TeamService.method.listMembers, { teamId }, origin) }),
  createTeam: (name: string): CommandLines => ({ curl: bufCurl(TeamService.method.createTeam, { name }, origin) }),
  updateTeam: (request: MessageInitShape<typeof UpdateTeamRequestSchema>): CommandLines => ({
    curl: bufCurl(TeamService.method.updateTeam, request, origin),
  }),
  deleteTeam: (teamId: string, confirmName: string): CommandLines => ({
    curl: bufCurl(TeamService.method.deleteTeam, { teamId, confirmName }, origin),
  }),
  leaveTeam: (teamId: string): CommandLines => ({ curl: bufCurl(TeamService.method.leaveTeam, { teamId }, origin) }),
  removeMember: (teamId: string, userId: string): CommandLines => ({
    curl: bufCurl(TeamService.method.removeMember, { teamId, userId }, origin),
  }),
  offerOwnership: (request: MessageInitShape<typeof OfferOwnershipRequestSchema>): CommandLines => ({
    curl: bufCurl(TeamService.method.offerOwnership, request, origin),
  }),
  createInvite: (request: MessageInitShape<typeof CreateInviteRequestSchema>): CommandLines => ({
    curl: bufCurl(InviteService.method.createInvite, request, origin),
  }),
  teams: (): CommandLines => ({ curl: bufCurl(TeamService.method.listTeams, { all: true }, origin) }),
  setTeamQuota: (request: MessageInitShape<typeof SetTeamQuotaRequestSchema>): CommandLines => ({
    curl: bufCurl(TeamService.method.setTeamQuota, request, origin),
  }),
  users: (search: string): CommandLines => ({ curl: bufCurl(UserService.method.listUsers, { search }, origin) }),
  setUserActive: (userId: string, active: boolean): CommandLines => ({
    curl: bufCurl(UserService.method.setUserActive, { userId, active }, origin),
  }),
  eraseUser: ({ id, name }: { id: string; name: string }, reason: string): CommandLines => ({
    curl: bufCurl(UserService.method.eraseUser, { userId: id, confirmName: name, reason }, origin),
  }),
  resetSecondFactor: (userId: string, reason: string): CommandLines => ({
    curl: bufCurl(AuthService.method.resetSecondFactor, { userId, reason }, origin),
  }),
  setPlatformAdmin: (userId: string, platformAdmin: boolean): CommandLines => ({
    curl: bufCurl(UserService.method.setPlatformAdmin, { userId, platformAdmin }, origin),
  }),
});
