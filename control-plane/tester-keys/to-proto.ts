import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { SecretStateSchema } from '#proto/muster/v1/settings_pb.js';
import {
  ProviderKeySource,
  SpendingPeriod as WirePeriod,
  type KeySpendingSchema,
  type MintedKeySchema,
  type ProviderKeySchema,
} from '#proto/muster/v1/tester_key_pb.js';
import { refusalOf, type Action, type Caller } from '../access/index.ts';
import type { SecretState } from '../settings/index.ts';
import { sentenceOf, sourceOf, type KeySource } from './choose.ts';
import type { KeysAtProvider, MintedKey, SpendingPeriod, TeamKeys } from './keyring.ts';
import { variablesAt } from './variables.ts';

const sources = {
  none: ProviderKeySource.NONE,
  own: ProviderKeySource.OWN,
  minted: ProviderKeySource.MINTED,
  default: ProviderKeySource.DEFAULT,
  gateway: ProviderKeySource.GATEWAY,
} satisfies Record<KeySource, ProviderKeySource>;

const periods = {
  never: WirePeriod.NEVER,
  daily: WirePeriod.DAILY,
  weekly: WirePeriod.WEEKLY,
  monthly: WirePeriod.MONTHLY,
} satisfies Record<SpendingPeriod, WirePeriod>;

const timestamp = (at: Date | null | undefined) => (at ? timestampFromDate(at) : undefined);

/** The key of a team at a provider. Values are nowhere near. */
export function keyToProto(
  keys: TeamKeys,
  at: KeysAtProvider,
  caller: Caller,
): MessageInitShape<typeof ProviderKeySchema> {
  const { provider } = at;
  const source = sourceOf(keys, at);
  return {
    provider: provider.name,
    title: provider.title,
    keysAt: provider.keysAt,
    source: sources[source],
    sentence: sentenceOf(keys, at),
    variables: [...variablesAt(at, source)],
    own: stateToProto(at.own, at.ownVersion),
    minted: at.live && at.liveSecret && mintedToProto(at.live, at.liveSecret, at.earlier),
    defaultIsSet: at.shared !== undefined,
    actions: allowedActions(keys, at, caller),
  };
}

function allowedActions(keys: TeamKeys, at: KeysAtProvider, caller: Caller) {
  const by: Record<string, string | undefined> = {
    'provider_key.set': undefined,
    'provider_key.clear': at.own ? undefined : 'There is no key of your own to remove.',
    'provider_key.rotate': at.live ? undefined : 'No key was minted here.',
  };
  return Object.entries(by).map(([action, refusedByState]) => {
    const reason = refusalOf(caller, 'provider_key.change' satisfies Action, { teamId: keys.teamId }) ?? refusedByState;
    return { action, allowed: reason === undefined, reason: reason ?? '' };
  });
}

const stateToProto = (state: SecretState | undefined, version: number): MessageInitShape<typeof SecretStateSchema> => ({
  isSet: state?.set ?? false,
  version: BigInt(version),
  updatedAt: timestamp(state?.updatedAt),
  updatedBy: state?.updatedBy ?? '',
  fingerprint: state?.fingerprint ?? '',
  lastUsedAt: timestamp(state?.lastUsedAt),
  lastError: state?.lastError ?? '',
});

const mintedToProto = (
  key: MintedKey,
  { fingerprint }: SecretState,
  earlierKeys: number,
): MessageInitShape<typeof MintedKeySchema> => ({
  fingerprint,
  createdAt: timestamp(key.mintedAt),
  rotatesAt: timestamp(key.rotatesAt),
  expiresAt: timestamp(key.expiresAt),
  lastUsedAt: timestamp(key.usedAt),
  limitMicros: BigInt(key.limitMicros),
  limitPeriod: periods[key.limitPeriod],
  spentMicros: BigInt(key.spentMicros),
  earlierKeys,
});

/** What was spent with keys that were minted for a team at a provider. */
export const spendingToProto = (
  { provider, live }: KeysAtProvider,
  all: readonly MintedKey[],
): MessageInitShape<typeof KeySpendingSchema> => ({
  provider: provider.name,
  title: provider.title,
  spentMicros: BigInt(all.reduce((sum, { spentMicros }) => sum + spentMicros, 0)),
  spentInPeriodMicros: BigInt(live?.spentInPeriodMicros ?? 0),
  limitMicros: BigInt(live?.limitMicros ?? 0),
  limitPeriod: periods[live?.limitPeriod ?? 'never'],
  asOf: timestamp(live?.seenAt),
});
