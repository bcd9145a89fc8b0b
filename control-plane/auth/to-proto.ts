import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CallerKind,
  TeamRole,
  type CallerSchema,
  type PasskeySchema,
  type SecondFactorDemandSchema,
  type SessionSchema,
} from '#proto/muster/v1/auth_pb.js';
import type { SecondFactorDemand, UserCaller } from '../access/index.ts';
import { keyRoleTo, scopeTo, type KeyCaller } from '../credentials/index.ts';
import type { PasskeyRow } from '../second-factor/index.ts';
import type { DeviceLoginEvent } from './device-logins.ts';
import type { SessionRow } from './store.ts';

const kinds = {
  session: CallerKind.SESSION,
  user_token: CallerKind.USER_TOKEN,
  trusted_header: CallerKind.TRUSTED_HEADER,
  oidc_token: CallerKind.OIDC_TOKEN,
} as const;
const roles = {
  owner: TeamRole.OWNER,
  admin: TeamRole.ADMIN,
  member: TeamRole.MEMBER,
  read_only: TeamRole.READ_ONLY,
} as const;

export const callerToProto = (caller: UserCaller): MessageInitShape<typeof CallerSchema> => ({
  kind: kinds[caller.kind],
  userId: caller.userId,
  name: caller.name,
  email: caller.email,
  platformAdmin: caller.platformAdmin,
  teams: caller.memberships.map((membership) => ({ ...membership, role: roles[membership.role] })),
  activeTeamId: caller.activeTeamId ?? '',
  secondFactorDemand: demandToProto(caller.secondFactorDemand),
});

export const demandToProto = (
  demand: SecondFactorDemand | undefined,
): MessageInitShape<typeof SecondFactorDemandSchema> | undefined =>
  demand && { installation: demand.installation, teamNames: [...demand.teams] };

export const passkeyToProto = (row: PasskeyRow): MessageInitShape<typeof PasskeySchema> => ({
  id: row.id,
  name: row.name,
  createdAt: timestampFromDate(row.createdAt),
  ...(row.lastUsedAt && { lastUsedAt: timestampFromDate(row.lastUsedAt) }),
  synced: row.synced,
  site: row.rpId,
});

const keyKinds = {
  org_key: CallerKind.ORG_KEY,
  team_key: CallerKind.TEAM_KEY,
  machine_identity: CallerKind.MACHINE_IDENTITY,
} as const;

/** A key or machine identity, with the team that it works for. */
export const keyCallerToProto = (caller: KeyCaller): MessageInitShape<typeof CallerSchema> => ({
  kind: keyKinds[caller.kind],
  name: caller.name,
  keyId: caller.keyId,
  keyRole: keyRoleTo(caller.role),
  teams: 'team' in caller ? [caller.team] : [],
  activeTeamId: caller.activeTeamId ?? '',
  scopes: 'scopes' in caller ? (caller.scopes ?? []).map(scopeTo) : [],
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
