import type { KeyRole, Scope } from '../access/index.ts';
import { allow, type Rule } from '../state-rules.ts';

export const environments = ['development', 'staging', 'production'] as const;
export type Environment = (typeof environments)[number];
export type IdentityState = 'active' | 'paused' | 'revoked';

/** A machine identity as lists show it. */
export interface Identity {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
  readonly environment: Environment;
  readonly role: KeyRole;
  readonly scopes: readonly Scope[];
  readonly state: IdentityState;
  /** Whether its maker has no role in the team any more. */
  readonly orphaned: boolean;
  readonly boundHostId: string | null;
  readonly makerId: string;
  readonly makerName: string;
  readonly createdAt: Date;
  /** Its place in the order, in microseconds. */
  readonly createdMicros: string;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

const revoked = 'This identity was revoked: make a new one.';

/** What can be done with an identity in which state. Revoking once more changes nothing, and is no error. */
export const identityActions = {
  pause: allow<IdentityState>(['active', 'paused'], revoked),
  resume: allow<IdentityState>(['active', 'paused'], revoked),
  addCredential: allow<IdentityState>(['active', 'paused'], revoked),
  rotate: allow<IdentityState>(['active', 'paused'], revoked),
  revoke: allow<IdentityState>(['active', 'paused'], 'This identity was revoked before.'),
} satisfies Record<string, Rule<IdentityState>>;
