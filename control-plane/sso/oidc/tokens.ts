import { Code } from '@connectrpc/connect';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal } from '../../errors.ts';
import type { OidcSettings } from '../../sign-in-config.ts';
import type { Person } from '../person.ts';
import { personFromClaims } from './claims.ts';
import type { Discover } from './discovery.ts';
import { SignInProblem } from './problem.ts';

/** Signatures that only the provider can make: none with a key that others know, and not none at all. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Whom a token of the provider names, and when it ends. Undefined for one that does not hold; throws while the provider's keys cannot be had. */
export type PersonOfToken = (token: string) => Promise<{ person: Person; endsAtMs: number } | undefined>;

export function tokenVerifier(settings: OidcSettings, discover: Discover): PersonOfToken {
  let keys: { uri: string; find: ReturnType<typeof createRemoteJWKSet> } | undefined;
  const keysAt = (uri: string) => {
    if (keys?.uri !== uri) keys = { uri, find: createRemoteJWKSet(new URL(uri), { timeoutDuration: 5_000 }) };
    return keys.find;
  };
  return async (token) => {
    if (settings.audience === undefined) return undefined;
    try {
      const { issuer, jwks_uri: uri } = (await discover()).serverMetadata();
      if (uri === undefined) return undefined;
      const { payload } = await jwtVerify(token, keysAt(uri), {
        issuer,
        audience: settings.audience,
        algorithms,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: 60,
      });
      return { person: personFromClaims(settings, payload), endsAtMs: (payload.exp ?? 0) * 1000 };
    } catch (error) {
      if (isUnreachable(error)) throw serviceUnreachable(error);
      if (error instanceof errors.JOSEError || error instanceof SignInProblem) return undefined;
      throw error;
    }
  };
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof SignInProblem) return error.kind === 'unreachable';
  // The keys could not be fetched: no answer, a late one, or not 200. Everything else is the token's own fault.
  if (error instanceof errors.JOSEError)
    return error instanceof errors.JWKSTimeout || error.code === 'ERR_JOSE_GENERIC';
  return error instanceof TypeError;
}

const serviceUnreachable = (cause: unknown) =>
  new Refusal(
    Code.Unavailable,
    Reason.SIGN_IN_SERVICE_UNREACHABLE,
    'The sign-in service cannot be reached now, so nobody can say whether this token holds.',
    { help: 'Repeat the call in a few seconds; keys and machine identities work meanwhile.', cause },
  );
