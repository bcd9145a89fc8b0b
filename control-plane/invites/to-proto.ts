import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { InviteSchema } from '#proto/muster/v1/invite_pb.js';
import { roleToProto } from '../teams/index.ts';
import type { InviteRow } from './invite.ts';

export const inviteToProto = (invite: InviteRow): MessageInitShape<typeof InviteSchema> => ({
  id: invite.id,
  teamId: invite.teamId,
  teamName: invite.teamName,
  email: invite.email,
  role: roleToProto(invite.role),
  invitedBy: invite.invitedByName,
  createdAt: timestampFromDate(invite.createdAt),
  expiresAt: timestampFromDate(invite.expiresAt),
  mailed: invite.mailed,
});
