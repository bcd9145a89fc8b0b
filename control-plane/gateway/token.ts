import { allow, type Rule } from '../state-rules.ts';

export type GatewayTokenState = 'active' | 'suspended' | 'revoked';

/** A token of the gateway as lists show it. */
export interface GatewayToken {
  readonly id: string;
  readonly name: string;
  readonly teamId: string;
  /** Whose use it counts as. */
  readonly userId: string;
  readonly userName: string;
  readonly state: GatewayTokenState;
  /** The public part of its newest secret. */
  readonly secretId: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Its place in the order, in microseconds. */
  readonly createdMicros: string;
  readonly lastUsedAt: Date | null;
  readonly overlapUntil: Date | null;
}

/** What can be done with a token in which state. Revoking once more changes nothing, and is no error. */
export const tokenActions = {
  rotate: allow<GatewayTokenState>(['active'], 'This token does not work any more: make a new one.'),
  revoke: allow<GatewayTokenState>(['active', 'suspended'], 'This token was revoked before.'),
} satisfies Record<string, Rule<GatewayTokenState>>;
