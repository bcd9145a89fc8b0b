import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { TeamRole as ProtoRole } from '#proto/muster/v1/auth_pb.js';
import { InvitePolicy, type MemberSchema, type TeamQuotaSchema, type TeamSchema } from '#proto/muster/v1/team_pb.js';
import type { TeamRole } from '../access/index.ts';
import type { MemberRow } from './member-store.ts';
import type { TeamQuota, TeamRow, TeamUsage } from './team.ts';

const roles = {
  owner: ProtoRole.OWNER,
  admin: ProtoRole.ADMIN,
  member: ProtoRole.MEMBER,
  read_only: ProtoRole.READ_ONLY,
} as const;
const policies = { admins: InvitePolicy.ADMINS, members: InvitePolicy.MEMBERS } as const;

export const roleToProto = (role: TeamRole): ProtoRole => roles[role];

/** What is no role here is the least. */
export const roleFromProto = (role: ProtoRole): TeamRole =>
  role === ProtoRole.OWNER ? 'owner' : role === ProtoRole.ADMIN ? 'admin' : 'member';

export const policyFromProto = (policy: InvitePolicy): 'admins' | 'members' =>
  policy === InvitePolicy.MEMBERS ? 'members' : 'admins';

export const quotaToProto = (quota: TeamUsage & Partial<TeamQuota>): MessageInitShape<typeof TeamQuotaSchema> => ({
  sandboxes: quota.sandboxes,
  cpu: quota.cpuMillis / 1000,
  memoryMib: BigInt(quota.memoryMib),
  diskMib: BigInt(quota.diskMib),
  snapshots: quota.snapshots,
  noExpiry: quota.noExpiry,
  hosts: quota.hosts,
});

export const quotaOf = (team: TeamRow): TeamQuota => ({
  sandboxes: team.quotaSandboxes,
  cpuMillis: team.quotaCpuMillis,
  memoryMib: team.quotaMemoryMib,
  diskMib: team.quotaDiskMib,
  snapshots: team.quotaSnapshots,
  noExpiry: team.quotaNoExpiry,
  hosts: team.quotaHosts,
});

export const teamToProto = (team: TeamRow, role: TeamRole | undefined): MessageInitShape<typeof TeamSchema> => ({
  id: team.id,
  slug: team.slug,
  name: team.name,
  role: role === undefined ? ProtoRole.UNSPECIFIED : roles[role],
  invitePolicy: policies[team.invitePolicy],
  requireSecondFactor: team.requireSecondFactor,
  ownHosts: team.ownHosts,
  quota: quotaToProto(quotaOf(team)),
  members: team.members,
  createdAt: timestampFromDate(team.createdAt),
});

/** Whether they have a second factor is for those who may manage them. */
export const memberToProto = (member: MemberRow, tellFactor: boolean): MessageInitShape<typeof MemberSchema> => ({
  userId: member.userId,
  name: member.name,
  email: member.email,
  role: roles[member.role],
  joinedAt: timestampFromDate(member.joinedAt),
  ownershipOffered: member.ownershipOffered,
  ...(tellFactor && { secondFactor: member.secondFactor }),
});
