import type { KeyRole } from '../access/index.ts';
import { allow, type Rule } from '../state-rules.ts';

export type KeyState = 'active' | 'expired' | 'revoked' | 'orphaned';

/** An API key as lists show it. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Null: of the installation. */
  readonly teamId: string | null;
  readonly role: KeyRole;
  readonly state: KeyState;
  /** The public part of its newest token. */
  readonly credentialId: string;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly maker: string;
  readonly makerName: string;
  readonly createdAt: Date;
  /** Its place in the order, in microseconds. */
  readonly createdMicros: string;
  readonly expiresAt: Date | null;
  readonly noExpiryReason: string;
  readonly lastUsedAt: Date | null;
  readonly lastUsedAddress: string;
  readonly lastUsedAgent: string;
  readonly boundTeamId: string | null;
  readonly boundHostId: string | null;
  readonly overlapUntil: Date | null;
}

/** What can be done with a key in which state. Revoking once more changes nothing, and is no error. */
export const keyActions = {
  rotate: allow<KeyState>(['active'], 'This key does not work any more: make a new one.'),
  revoke: allow<KeyState>(['active', 'expired', 'orphaned'], 'This key was revoked before.'),
  takeOver: allow<KeyState>(['orphaned'], 'Only a key whose maker has no role any more can be taken over.'),
} satisfies Record<string, Rule<KeyState>>;
