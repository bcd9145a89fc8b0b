import type { KeyRole, Scope, TeamRole } from './roles.ts';

/** A team that a user belongs to, as the database says at this request. */
export interface Membership {
  readonly teamId: string;
  readonly teamName: string;
  readonly teamSlug: string;
  readonly role: TeamRole;
  /** What the sign-in service calls the team; nothing for a team that was made here. */
  readonly ssoName?: string | null;
}

/** How a person may present themselves: by session cookie, by a token made from a session, or by the word of a sign-in service. */
export const userKinds = ['session', 'user_token', 'trusted_header', 'oidc_token'] as const;

/** Who requires a second factor: the installation, or teams by their names. */
export interface SecondFactorDemand {
  readonly installation: boolean;
  readonly teams: readonly string[];
}

/** A signed-in person. */
export interface UserCaller {
  readonly kind: (typeof userKinds)[number];
  /** `user:<id>`, as the audit names who did it. */
  readonly actor: string;
  /** The session's public id; of the word of a sign-in service what it is. */
  readonly credentialId: string;
  readonly userId: string;
  /** Who vouches for them, and as whom; nothing for who has a password here. */
  readonly sso?: { readonly source: string; readonly id: string } | undefined;
  readonly name: string;
  readonly email: string;
  readonly platformAdmin: boolean;
  readonly memberships: readonly Membership[];
  /** The team that calls without a `team_id` act for. */
  readonly activeTeamId: string | undefined;
  /** Who requires a second factor that the user lacks. Undefined where nothing is missing: else they may do nothing but add one. */
  readonly secondFactorDemand?: SecondFactorDemand | undefined;
  /** When the token ends that was presented, in milliseconds since 1970; undefined where only its session ends. */
  readonly endsAtMs?: number | undefined;
}

/** What keys and machine identities have in common. Who made them still has a role where they work: else they are refused. */
interface MachineCaller {
  /** `key:<id>` or `identity:<id>`. */
  readonly actor: string;
  /** The public id of the token that was presented. */
  readonly credentialId: string;
  /** The key's or identity's id, which rotating keeps. */
  readonly keyId: string;
  readonly name: string;
  readonly role: KeyRole;
  /** The only host that it may touch. */
  readonly boundHostId: string | undefined;
}

/** An API key of the installation. Calls that need a team name it. */
export interface OrgKeyCaller extends MachineCaller {
  readonly kind: 'org_key';
  /** From the environment: made by nobody, and its every use is written down. */
  readonly bootstrap: boolean;
  /** The user, or the bootstrap key, whose rights bound it. Both undefined for the bootstrap key itself. */
  readonly makerId: string | undefined;
  readonly makerKeyId: string | undefined;
  readonly expiresAt: Date | undefined;
  /** The team that it is confined to, and that its calls act for. */
  readonly activeTeamId: string | undefined;
}

/** An API key or a machine identity of a team. Never more than its maker's present role in it. */
export interface TeamMachineCaller extends MachineCaller {
  readonly kind: 'team_key' | 'machine_identity';
  readonly role: Exclude<KeyRole, 'admin'>;
  /** The user whose rights bound it. */
  readonly makerId: string;
  readonly team: Omit<Membership, 'role'>;
  readonly makerRole: TeamRole;
  readonly activeTeamId: string;
  /** Undefined for keys: they are not confined. */
  readonly scopes: readonly Scope[] | undefined;
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

export type Caller = UserCaller | OrgKeyCaller | TeamMachineCaller | HostCaller | AnonymousCaller | SystemCaller;
export type CallerKind = Caller['kind'];

export const anonymous: AnonymousCaller = { kind: 'anonymous', actor: 'anonymous', credentialId: undefined };
export const system: SystemCaller = { kind: 'system', actor: 'system', credentialId: undefined };

/** The only host that a caller may touch; undefined for those that are not bound to one. */
export const boundHostOf = (caller: Caller): string | undefined =>
  'boundHostId' in caller ? caller.boundHostId : undefined;
