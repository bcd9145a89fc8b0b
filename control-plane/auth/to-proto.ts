import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { CallerKind, TeamRole, type CallerSchema, type SessionSchema } from '#proto/muster/v1/auth_pb.js';
import type { UserCaller } from '../access/index.ts';
import type { DeviceLoginEvent } from './device-logins.ts';
import type { SessionRow } from './store.ts';

const kinds = { session: CallerKind.SESSION, user_token: CallerKind.USER_TOKEN } as const;
const roles = { owner: TeamRole.OWNER, admin: TeamRole.ADMIN, member: TeamRole.MEMBER } as const;

export const callerToProto = (caller: UserCaller): MessageInitShape<typeof CallerSchema> => ({
  kind: kinds[caller.kind],
  userId: caller.userId,
  name: caller.name,
  email: caller.email,
  platformAdmin: caller.platformAdmin,
  teams: caller.memberships.map((membership) => ({ ...membership, role: roles[membership.role] })),
  activeTeamId: caller.activeTeamId ?? '',
});

export const sessionToProto = (row: SessionRow, currentId: string): MessageInitShape<typeof SessionSchema> => ({
  id: row.id,
  createdAt: timestampFromDate(row.createdAt),
  lastUsedAt: timestampFromDate(row.lastUsedAt),
  expiresAt: timestampFromDate(row.expiresAt),
  userAgent: row.userAgent,
  address: row.address,
  current: row.id === currentId,
});

export function deviceEventToProto(event: DeviceLoginEvent) {
  const expiresAt = timestampFromDate(event.expiresAt);
  switch (event.kind) {
    case 'prompt':
      return {
        case: 'prompt' as const,
        value: { userCode: event.userCode, verificationUrl: event.verificationUrl, expiresAt },
      };
    case 'token':
      return { case: 'token' as const, value: { token: event.token.reveal(), expiresAt } };
  }
}
