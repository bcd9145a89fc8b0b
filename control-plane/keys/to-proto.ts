import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { KeyState as WireState, type ApiKeySchema } from '#proto/muster/v1/api_key_pb.js';
import { refusalOf, type Caller } from '../access/index.ts';
import { keyRoleTo } from '../credentials/index.ts';
import type { MintedKey } from './create.ts';
import { refusalByState } from '../state-rules.ts';
import { keyActions, type ApiKey, type KeyState } from './key.ts';

const states = {
  active: WireState.ACTIVE,
  expired: WireState.EXPIRED,
  revoked: WireState.REVOKED,
  orphaned: WireState.ORPHANED,
} satisfies Record<KeyState, WireState>;

const timestamp = (at: Date | null) => (at ? timestampFromDate(at) : undefined);

export const keyToProto = (key: ApiKey, caller: Caller): MessageInitShape<typeof ApiKeySchema> => ({
  id: key.id,
  name: key.name,
  teamId: key.teamId ?? '',
  role: keyRoleTo(key.role),
  state: states[key.state],
  prefix: `mst_${key.teamId === null ? 'org' : 'team'}_${key.credentialId}`,
  createdBy: key.createdBy,
  createdByName: key.createdByName,
  createdAt: timestamp(key.createdAt),
  expiresAt: timestamp(key.expiresAt),
  noExpiryReason: key.noExpiryReason,
  lastUsedAt: timestamp(key.lastUsedAt),
  lastUsedAddress: key.lastUsedAddress,
  lastUsedAgent: key.lastUsedAgent,
  boundHostId: key.boundHostId ?? '',
  overlapUntil: timestamp(key.overlapUntil),
  boundTeamId: key.boundTeamId ?? '',
  maker: key.maker,
  makerName: key.makerName,
  actions: allowedActions(key, caller),
});

const rights = {
  'api_key.rotate': keyActions.rotate,
  'api_key.revoke': keyActions.revoke,
  'api_key.take_over': keyActions.takeOver,
} as const;

const allowedActions = (key: ApiKey, caller: Caller) =>
  (Object.keys(rights) as (keyof typeof rights)[]).map((action) => {
    const reason = refusalOf(caller, action, key) ?? refusalByState(rights[action], key.state);
    return { action, allowed: reason === undefined, reason: reason ?? '' };
  });

/** The one place where a key's secret leaves us. */
export const mintedToProto = ({ key, secret }: MintedKey, caller: Caller) => ({
  key: keyToProto(key, caller),
  secret: secret?.reveal() ?? '',
});
