import type { BlockList } from 'node:net';
import { z } from 'zod';
import { Secret } from '#contract/secret.ts';
import { addressRanges } from './address-ranges.ts';
import { StartupError } from './errors.ts';

/** Roles that a sign-in service may give in a team. */
const assertedRoles = {
  owner: 'owner',
  admin: 'admin',
  operator: 'member',
  member: 'member',
  read_only: 'read_only',
} as const;
export type AssertedRole = (typeof assertedRoles)[keyof typeof assertedRoles];

const isAssertedRole = (text: string): text is keyof typeof assertedRoles => Object.hasOwn(assertedRoles, text);
const roleNames = Object.keys(assertedRoles).join(', ');

const listOf = (text: string, separator = ',') =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter(Boolean);

/** Header names with a meaning of their own. */
const takenHeaders =
  /^(authorization|cookie|x-api-key|open-sandbox-api-key|host|origin|sec-.*|content-.*|x-forwarded-.*)$/;

const headerName = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .refine(
      (name) => /^[A-Za-z][A-Za-z0-9-]{1,63}$/.test(name) && !takenHeaders.test(name.toLowerCase()),
      'must be the name of a header of its own, of letters, digits and hyphens',
    )
    .transform((name) => name.toLowerCase());

/** `developers=operator, leads=owner`: what the service calls a role, and what it is here. */
const roleMap = z
  .string()
  .default('')
  .transform((text, context) => {
    const map = new Map<string, AssertedRole>();
    for (const part of listOf(text)) {
      const at = part.lastIndexOf('=');
      const [theirs, ours] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
      if (at < 1 || theirs === '' || !isAssertedRole(ours)) {
        context.addIssue({
          code: 'custom',
          message: `must be pairs such as developers=operator, separated by commas, with ${roleNames} on the right`,
        });
        return z.NEVER;
      }
      map.set(theirs, assertedRoles[ours]);
    }
    return map;
  });

/** Whether a plain-HTTP URL leads to this machine itself. */
export const isOwnMachine = (url: string) => /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/.test(url);

const issuer = z
  .url({ protocol: /^https?$/, error: 'must be the https URL of an OpenID provider' })
  .refine((url) => url.startsWith('https:') || isOwnMachine(url), 'must be the https URL of an OpenID provider');

const claim = (fallback: string) => z.string().max(200).default(fallback);

/** The variables that say how people sign in. */
export const signInVariables = {
  MUSTER_AUTH_MODE: z
    .enum(['api_key_only', 'api_key_and_user'], { error: 'must be api_key_only or api_key_and_user' })
    .default('api_key_and_user'),
  MUSTER_USER_MODE: z
    .enum(['password', 'trusted_header', 'oidc'], { error: 'must be password, trusted_header or oidc' })
    .default('password'),
  MUSTER_PLATFORM_ADMINS: z
    .string()
    .transform((text) => listOf(text))
    .refine((all) => all.length > 0, 'must name at least one user')
    .optional(),
  MUSTER_DEFAULT_ROLE: z
    .enum(['read_only', 'operator'], { error: 'must be read_only or operator' })
    .default('read_only')
    .transform((role) => assertedRoles[role]),
  MUSTER_ROLE_MAP: roleMap,
  MUSTER_PROXY_RANGES: addressRanges.optional(),
  MUSTER_PROXY_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .max(256, 'must have at most 256 characters')
    .optional(),
  MUSTER_PROXY_SECRET_HEADER: headerName('X-OpenSandbox-Proxy-Secret'),
  MUSTER_USER_HEADER: headerName('X-OpenSandbox-User'),
  MUSTER_TEAM_HEADER: headerName('X-OpenSandbox-Team'),
  MUSTER_ROLES_HEADER: headerName('X-OpenSandbox-Roles'),
  MUSTER_SIGN_OUT_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  MUSTER_OIDC_ISSUER: issuer.optional(),
  MUSTER_OIDC_CLIENT_ID: z.string().max(500).optional(),
  MUSTER_OIDC_CLIENT_SECRET: z.string().max(2000).optional(),
  MUSTER_OIDC_SCOPES: z
    .string()
    .default('openid profile email')
    .refine(
      (text) => listOf(text, ' ').includes('openid'),
      'must be scopes separated by spaces, with openid among them',
    ),
  MUSTER_OIDC_USER_CLAIM: claim('sub'),
  MUSTER_OIDC_TEAM_CLAIM: claim('team'),
  MUSTER_OIDC_ROLES_CLAIM: claim('roles'),
  MUSTER_OIDC_AUDIENCE: z.string().max(500).optional(),
};

type Variables = Readonly<z.output<z.ZodObject<typeof signInVariables>>>;

/** What a sign-in service's word about a person means here. */
export interface PeopleRules {
  /** Who runs the installation, by the names that the service uses. */
  readonly platformAdmins: ReadonlySet<string>;
  /** For who comes with no role that is known. */
  readonly defaultRole: AssertedRole;
  readonly roles: ReadonlyMap<string, AssertedRole>;
}

/** A proxy in front of us that signs people in, and says in headers who they are. */
export interface TrustedHeaderSettings {
  readonly mode: 'trusted_header';
  readonly people: PeopleRules;
  readonly ranges: BlockList;
  readonly secret: Secret;
  /** Lower-case header names. */
  readonly headers: { readonly user: string; readonly team: string; readonly roles: string; readonly secret: string };
  readonly signOutUrl: string | undefined;
}

/** An OpenID provider that signs people in. */
export interface OidcSettings {
  readonly mode: 'oidc';
  readonly people: PeopleRules;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scopes: string;
  readonly claims: { readonly user: string; readonly team: string; readonly roles: string };
  /** Whom tokens must be for that programs present. Undefined: no tokens of the provider are taken. */
  readonly audience: string | undefined;
}

/** How people sign in. */
export type SignInSettings =
  | { readonly mode: 'password' }
  | { readonly mode: 'keys_only' }
  | TrustedHeaderSettings
  | OidcSettings;

/** Puts the variables together. Throws a StartupError for a mode that is not complete. */
export function signInFrom(env: Variables, publicUrl: string | undefined): SignInSettings {
  if (env.MUSTER_AUTH_MODE === 'api_key_only') return { mode: 'keys_only' };
  const mode = env.MUSTER_USER_MODE;
  if (mode === 'password') return { mode };
  const needed = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw new StartupError(`MUSTER_USER_MODE=${mode} needs ${name} beside it.`);
    return value;
  };
  const address = needed('MUSTER_PUBLIC_URL', publicUrl);
  if (!address.startsWith('https:') && !isOwnMachine(address)) {
    throw new StartupError(`MUSTER_PUBLIC_URL must be an https address with MUSTER_USER_MODE=${mode}.`);
  }
  const people: PeopleRules = {
    platformAdmins: new Set(
      needed('MUSTER_PLATFORM_ADMINS', env.MUSTER_PLATFORM_ADMINS).map((name) => name.normalize('NFC')),
    ),
    defaultRole: env.MUSTER_DEFAULT_ROLE,
    roles: new Map([...Object.entries(assertedRoles), ...env.MUSTER_ROLE_MAP]),
  };
  if (mode === 'trusted_header') {
    const headers = {
      user: env.MUSTER_USER_HEADER,
      team: env.MUSTER_TEAM_HEADER,
      roles: env.MUSTER_ROLES_HEADER,
      secret: env.MUSTER_PROXY_SECRET_HEADER,
    };
    if (new Set(Object.values(headers)).size < 4) {
      throw new StartupError(
        'MUSTER_USER_HEADER, MUSTER_TEAM_HEADER, MUSTER_ROLES_HEADER and MUSTER_PROXY_SECRET_HEADER must be four different headers.',
      );
    }
    return {
      mode,
      people,
      headers,
      ranges: needed('MUSTER_PROXY_RANGES', env.MUSTER_PROXY_RANGES),
      secret: new Secret(needed('MUSTER_PROXY_SECRET', env.MUSTER_PROXY_SECRET)),
      signOutUrl: env.MUSTER_SIGN_OUT_URL,
    };
  }
  const clientId = needed('MUSTER_OIDC_CLIENT_ID', env.MUSTER_OIDC_CLIENT_ID);
  if (env.MUSTER_OIDC_AUDIENCE === clientId) {
    throw new StartupError(
      'MUSTER_OIDC_AUDIENCE must be another than MUSTER_OIDC_CLIENT_ID: ID tokens are no credentials.',
    );
  }
  return {
    mode,
    people,
    issuer: needed('MUSTER_OIDC_ISSUER', env.MUSTER_OIDC_ISSUER),
    clientId,
    clientSecret: new Secret(needed('MUSTER_OIDC_CLIENT_SECRET', env.MUSTER_OIDC_CLIENT_SECRET)),
    scopes: env.MUSTER_OIDC_SCOPES,
    claims: { user: env.MUSTER_OIDC_USER_CLAIM, team: env.MUSTER_OIDC_TEAM_CLAIM, roles: env.MUSTER_OIDC_ROLES_CLAIM },
    audience: env.MUSTER_OIDC_AUDIENCE,
  };
}
