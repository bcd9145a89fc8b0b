import type { TeamRole } from './roles.ts';

/** A team that a user belongs to, as the database says at this request. */
export interface Membership {
  readonly teamId: string;
  readonly teamName: string;
  readonly teamSlug: string;
  readonly role: TeamRole;
}

/** A signed-in person, by session cookie or by a token made from a session. */
export interface UserCaller {
  readonly kind: 'session' | 'user_token';
  /** `user:<id>`, as the audit names who did it. */
  readonly actor: string;
  /** The session's public id. */
  readonly credentialId: string;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly platformAdmin: boolean;
  readonly memberships: readonly Membership[];
  /** The team that calls without a `team_id` act for. */
  readonly activeTeamId: string | undefined;
}

/** A host agent, by its access token. Confined to its own host. */
export interface HostCaller {
  readonly kind: 'host';
  readonly actor: string;
  readonly credentialId: string;
  readonly hostId: string;
  readonly epoch: number;
  /** The refresh token's generation that the access token was made in. */
  readonly generation: number;
}

/** Nobody in particular: setup, sign-in, join, health. */
export interface AnonymousCaller {
  readonly kind: 'anonymous';
  readonly actor: 'anonymous';
  readonly credentialId: undefined;
}

/** Ourselves: loops and admin commands on the server. */
export interface SystemCaller {
  readonly kind: 'system';
  readonly actor: 'system';
  readonly credentialId: undefined;
}

export type Caller = UserCaller | HostCaller | AnonymousCaller | SystemCaller;
export type CallerKind = Caller['kind'];

export const anonymous: AnonymousCaller = { kind: 'anonymous', actor: 'anonymous', credentialId: undefined };
export const system: SystemCaller = { kind: 'system', actor: 'system', credentialId: undefined };
