import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  ApprovalOperation,
  ApprovalState as WireApprovalState,
  CredentialState,
  IdentityEnvironment,
  IdentityState as WireState,
  type ApprovalSchema,
  type IdentityCredentialSchema,
  type IdentitySchema,
} from '#proto/muster/v1/identity_pb.js';
import { keyRoleTo, scopeTo, type CredentialRow } from '../credentials/index.ts';
import type { Approval, ApprovalState, Operation } from './approval.ts';
import { environments, type Environment, type Identity, type IdentityState } from './identity.ts';

const states = {
  active: WireState.ACTIVE,
  paused: WireState.PAUSED,
  revoked: WireState.REVOKED,
} satisfies Record<IdentityState, WireState>;

const environmentWords = {
  development: IdentityEnvironment.DEVELOPMENT,
  staging: IdentityEnvironment.STAGING,
  production: IdentityEnvironment.PRODUCTION,
} satisfies Record<Environment, IdentityEnvironment>;

const operations = {
  create: ApprovalOperation.CREATE,
  create_credential: ApprovalOperation.CREATE_CREDENTIAL,
  rotate: ApprovalOperation.ROTATE,
  resume: ApprovalOperation.RESUME,
} satisfies Record<Operation, ApprovalOperation>;

const approvalStates = {
  pending: WireApprovalState.PENDING,
  approved: WireApprovalState.APPROVED,
  rejected: WireApprovalState.REJECTED,
  expired: WireApprovalState.EXPIRED,
  done: WireApprovalState.DONE,
} satisfies Record<ApprovalState, WireApprovalState>;

const credentialStates = {
  active: CredentialState.ACTIVE,
  retiring: CredentialState.RETIRING,
  revoked: CredentialState.REVOKED,
} satisfies Record<CredentialRow['state'], CredentialState>;

const timestamp = (at: Date | null) => (at ? timestampFromDate(at) : undefined);

/** The strictest for one that is not ours: the contract admits none. */
export const environmentFrom = (wire: IdentityEnvironment): Environment =>
  environments.find((one) => environmentWords[one] === wire) ?? 'production';

export const identityToProto = (identity: Identity): MessageInitShape<typeof IdentitySchema> => ({
  id: identity.id,
  name: identity.name,
  teamId: identity.teamId,
  environment: environmentWords[identity.environment],
  role: keyRoleTo(identity.role),
  scopes: identity.scopes.map(scopeTo),
  state: states[identity.state],
  orphaned: identity.orphaned,
  boundHostId: identity.boundHostId ?? '',
  maker: `user:${identity.makerId}`,
  makerName: identity.makerName,
  createdAt: timestamp(identity.createdAt),
  lastUsedAt: timestamp(identity.lastUsedAt),
  expiresAt: timestamp(identity.expiresAt),
});

export const credentialToProto = (row: CredentialRow): MessageInitShape<typeof IdentityCredentialSchema> => ({
  id: row.id,
  prefix: `mst_mid_${row.id}`,
  state: row.expired && row.state !== 'revoked' ? CredentialState.EXPIRED : credentialStates[row.state],
  createdAt: timestamp(row.createdAt),
  expiresAt: timestamp(row.expiresAt),
  lastUsedAt: timestamp(row.lastUsedAt),
  lastUsedAddress: row.lastUsedAddress,
  lastUsedAgent: row.lastUsedAgent,
});

export const approvalToProto = (approval: Approval): MessageInitShape<typeof ApprovalSchema> => ({
  id: approval.id,
  teamId: approval.teamId,
  operation: operations[approval.operation],
  identityId: approval.identityId ?? '',
  identityName: approval.identityName,
  requestJson: approval.request,
  requestedBy: `user:${approval.requestedBy}`,
  requestedByName: approval.requestedByName,
  requestedAt: timestamp(approval.requestedAt),
  expiresAt: timestamp(approval.expiresAt),
  state: approvalStates[approval.state],
  decidedBy: approval.decidedBy ? `user:${approval.decidedBy}` : '',
  decidedByName: approval.decidedByName ?? '',
  decidedAt: timestamp(approval.decidedAt),
});
