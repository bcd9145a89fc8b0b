import type { Logger } from 'pino';
import * as client from 'openid-client';
import type { OidcSettings } from '../../sign-in-config.ts';
import type { Person } from '../person.ts';
import { personFromClaims } from './claims.ts';
import { discoverer } from './discovery.ts';
import { SignInProblem } from './problem.ts';
import { tokenVerifier, type PersonOfToken } from './tokens.ts';

/** Where the provider sends people back to. */
export const callbackPath = '/sso/callback';
/** Where a sign-in begins. */
export const loginPath = '/sso/login';

/** What a sign-in has to come back with. Kept by the browser that began it, sealed. */
export interface SignInCheck {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The company's OpenID provider. */
export interface OidcProvider {
  readonly issuer: string;
  /** Its name for people. */
  readonly name: string;
  /** Where the browser goes, and what it has to come back with. Throws a SignInProblem. */
  begin(): Promise<{ url: URL; check: SignInCheck }>;
  /** Whom the answer names that the browser brought back. Throws a SignInProblem. */
  finish(query: string, check: SignInCheck): Promise<Person>;
  /** Whom a token names that a program presents; undefined for one that does not hold. */
  personOfToken: PersonOfToken;
  /** Where people sign out there; undefined where it offers nothing, or is away. */
  signOutUrl(): Promise<string | undefined>;
}

/** Opens the connection to the provider. It is asked at once, so that what is wrong is in the log, but nothing waits for it. */
export function openOidc(settings: OidcSettings, publicUrl: string, log: Logger): OidcProvider {
  const discover = discoverer(settings, log);
  const redirectUri = `${publicUrl}${callbackPath}`;
  discover().catch(() => {}); // it is in the log
  return {
    issuer: settings.issuer,
    name: new URL(settings.issuer).host,

    async begin() {
      const configuration = await discover();
      const check = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: settings.scopes,
        state: check.state,
        nonce: check.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(check.verifier),
        code_challenge_method: 'S256',
      });
      return { url, check };
    },

    async finish(query, { state, nonce, verifier }) {
      const configuration = await discover();
      try {
        const tokens = await client.authorizationCodeGrant(configuration, new URL(redirectUri + query), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims) throw new SignInProblem('failed');
        // Many providers put into the ID token only who somebody is, and tell the rest when asked.
        const tellsMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
        const more = tellsMore ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
        return personFromClaims(settings, { ...more, ...claims });
      } catch (error) {
        throw problemOf(error);
      }
    },

    personOfToken: tokenVerifier(settings, discover),

    async signOutUrl() {
      try {
        return client.buildEndSessionUrl(await discover(), { post_logout_redirect_uri: `${publicUrl}/sign-in` }).href;
      } catch (error) {
        log.debug({ err: error }, 'the OpenID provider offers no way to sign out');
        return undefined;
      }
    },
  };
}

/** What to tell the person; what it was exactly is the cause. */
function problemOf(error: unknown): SignInProblem {
  if (error instanceof SignInProblem) return error;
  // The answer in the address bar says no, by the person's or the provider's will.
  if (error instanceof client.AuthorizationResponseError) return new SignInProblem('refused', '', { cause: error });
  // Nobody answered, in time or at all.
  if (error instanceof TypeError || (error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT'))
    return new SignInProblem('unreachable', '', { cause: error });
  return new SignInProblem('failed', '', { cause: error });
}
