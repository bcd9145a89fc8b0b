import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  GatewayTokenState as WireState,
  type GatewayBudgetSchema,
  type GatewayCapsSchema,
  type GatewayTokenSchema,
  type GatewayUseSchema,
} from '#proto/muster/v1/gateway_pb.js';
import { refusalOf, type Caller } from '../access/index.ts';
import { refusalByState } from '../state-rules.ts';
import type { Budget, Caps } from './budget-store.ts';
import { tokenActions, type GatewayToken, type GatewayTokenState } from './token.ts';
import type { MintedToken } from './tokens.ts';
import type { Use } from './usage-store.ts';

const states = {
  active: WireState.ACTIVE,
  suspended: WireState.SUSPENDED,
  revoked: WireState.REVOKED,
} satisfies Record<GatewayTokenState, WireState>;

const timestamp = (at: Date | null) => (at ? timestampFromDate(at) : undefined);

export const tokenToProto = (token: GatewayToken, caller: Caller): MessageInitShape<typeof GatewayTokenSchema> => ({
  id: token.id,
  name: token.name,
  teamId: token.teamId,
  userId: token.userId,
  userName: token.userName,
  state: states[token.state],
  prefix: `mst_gwy_${token.secretId}`,
  createdAt: timestamp(token.createdAt),
  createdBy: token.createdBy,
  lastUsedAt: timestamp(token.lastUsedAt),
  overlapUntil: timestamp(token.overlapUntil),
  actions: allowedActions(token, caller),
});

const rights = {
  'gateway_token.rotate': tokenActions.rotate,
  'gateway_token.revoke': tokenActions.revoke,
} as const;

const allowedActions = (token: GatewayToken, caller: Caller) =>
  (Object.keys(rights) as (keyof typeof rights)[]).map((action) => {
    const reason = refusalOf(caller, action, token) ?? refusalByState(rights[action], token.state);
    return { action, allowed: reason === undefined, reason: reason ?? '' };
  });

/** The one place where a token's secret leaves us. */
export const mintedToProto = ({ token, secret }: MintedToken, caller: Caller) => ({
  token: tokenToProto(token, caller),
  secret: secret?.reveal() ?? '',
});

export const capsToProto = ({ perDay, perMonth }: Caps): MessageInitShape<typeof GatewayCapsSchema> => ({
  tokensPerDay: BigInt(perDay),
  tokensPerMonth: BigInt(perMonth),
});

export const budgetToProto = (budget: Budget): MessageInitShape<typeof GatewayBudgetSchema> => ({
  userId: budget.userId,
  userName: budget.userName,
  caps: capsToProto(budget),
  isDefault: budget.isDefault,
  usedToday: BigInt(budget.usedToday),
  usedThisMonth: BigInt(budget.usedThisMonth),
  reserved: BigInt(budget.reserved),
});

export const useToProto = (use: Use): MessageInitShape<typeof GatewayUseSchema> => ({
  ...use,
  requests: BigInt(use.requests),
  promptTokens: BigInt(use.promptTokens),
  completionTokens: BigInt(use.completionTokens),
  estimatedRequests: BigInt(use.estimatedRequests),
  costMicros: BigInt(use.costMicros),
});
