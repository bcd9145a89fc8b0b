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
import { refusalOf, type Action, type Caller } from '../access/index.ts';
import { keyRoleTo, scopeTo, type CredentialRow } from '../credentials/index.ts';
import { refusalByState, type Rule } from '../state-rules.ts';
import { approvalActions, secondPersonRefusal, type Approval, type ApprovalState, type Operation } from './approval.ts';
import { environments, identityActions, type Environment, type Identity, type IdentityState } from './identity.ts';

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

export const identityToProto = (identity: Identity, caller: Caller): MessageInitShape<typeof IdentitySchema> => ({
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
  actions: identityRights.map(([action, right, rule]) =>
    allowed(action, refusalOf(caller, right, identity) ?? refusalByState(rule, identity.state)),
  ),
});

const identityRights: readonly (readonly [string, Action, Rule<IdentityState>])[] = [
  ['identity.create_credential', 'identity.manage', identityActions.addCredential],
  ['identity.rotate', 'identity.manage', identityActions.rotate],
  ['identity.pause', 'identity.stop', identityActions.pause],
  ['identity.resume', 'identity.manage', identityActions.resume],
  ['identity.revoke', 'identity.stop', identityActions.revoke],
];

const allowed = (action: string, reason: string | undefined) => ({
  action,
  allowed: reason === undefined,
  reason: reason ?? '',
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

export const approvalToProto = (approval: Approval, caller: Caller): MessageInitShape<typeof ApprovalSchema> => ({
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
  teamName: approval.teamName,
  actions: [
    allowed('approval.approve', approveRefusal(approval, caller)),
    allowed('approval.reject', refusalOf(caller, 'approval.reject', approval) ?? stateRefusal('reject', approval)),
    allowed('approval.carry_out', carryOutRefusal(approval, caller)),
  ],
});

const stateRefusal = (action: keyof typeof approvalActions, { state }: Approval) =>
  refusalByState(approvalActions[action], state);

function approveRefusal(approval: Approval, caller: Caller): string | undefined {
  const refusal = refusalOf(caller, 'approval.approve', approval) ?? stateRefusal('approve', approval);
  if (refusal !== undefined || !('memberships' in caller)) return refusal;
  const role = caller.memberships.find(({ teamId }) => teamId === approval.teamId)?.role;
  return secondPersonRefusal(approval, { ...caller, role });
}

function carryOutRefusal(approval: Approval, caller: Caller): string | undefined {
  if (!('userId' in caller) || caller.userId !== approval.requestedBy)
    return 'Only who asked for it can have it carried out.';
  return refusalOf(caller, 'identity.manage', approval) ?? stateRefusal('carryOut', approval);
}
