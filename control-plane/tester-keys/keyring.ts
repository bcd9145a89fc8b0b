import type { SecretState, Provider } from '../settings/index.ts';

/** What is known of a team's keys, besides the secrets. */
export interface Keyring {
  readonly teamId: string;
  /** Whose use the team's sandboxes count as; null where the team was given no keys. */
  readonly holderId: string | null;
  readonly tokenId: string | null;
  /** Whether that token works. */
  readonly tokenIsActive: boolean;
}

/** How often a spending cap begins anew. */
export type SpendingPeriod = 'never' | 'daily' | 'weekly' | 'monthly';

/** A key that was minted, or is to be. */
export interface MintedKey {
  readonly id: string;
  readonly teamId: string;
  readonly provider: string;
  readonly state: 'wanted' | 'live' | 'replaced' | 'unwanted' | 'ended';
  readonly attempt: number;
  /** What the provider calls it; null where it was not minted, or nobody knows. */
  readonly ref: string | null;
  readonly limitMicros: number;
  readonly limitPeriod: SpendingPeriod;
  readonly mintedAt: Date | null;
  readonly rotatesAt: Date | null;
  readonly expiresAt: Date | null;
  readonly isExpired: boolean;
  readonly spentMicros: number;
  readonly spentInPeriodMicros: number;
  readonly usedAt: Date | null;
  readonly seenAt: Date | null;
  /** What the last try to mint it met. */
  readonly problem: string;
}

/** How a provider is set up at this moment. */
export interface ProviderSetup {
  readonly provider: Provider;
  readonly baseUrl: string;
  readonly gatewayLeadsHere: boolean;
  /** The key that teams share. */
  readonly shared: SecretState | undefined;
  /** Whether there is a key that mints others. */
  readonly mints: boolean;
}

/** What a team has at a provider. */
export interface KeysAtProvider extends ProviderSetup {
  readonly own: SecretState | undefined;
  /** Of the team's own, also where it was removed. */
  readonly ownVersion: number;
  /** The minted one that is in its time, and its value's state. */
  readonly live: MintedKey | undefined;
  readonly liveSecret: SecretState | undefined;
  readonly wanted: MintedKey | undefined;
  /** How many from before still work. */
  readonly earlier: number;
}

/** All that is known of the keys of a team. Values are not in it. */
export interface TeamKeys {
  readonly teamId: string;
  readonly keyring: Keyring | undefined;
  readonly token: SecretState | undefined;
  readonly providers: readonly KeysAtProvider[];
}
