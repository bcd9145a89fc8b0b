import type { Logger } from 'pino';
import * as client from 'openid-client';
import type { OidcSettings } from '../../sign-in-config.ts';
import { SignInProblem } from './problem.ts';

/** After so long the provider is asked again what it offers. */
const freshMs = 3_600_000;
/** After a failure nobody waits for the provider again before this. */
const pauseMs = 2_000;
const timeoutSeconds = 10;

/** What the provider says of itself. Throws a SignInProblem while it cannot be asked. */
export type Discover = () => Promise<client.Configuration>;

/** Asks the provider once for all, and again from time to time. What was known stays good while it is away. */
export function discoverer({ issuer, clientId, clientSecret }: OidcSettings, log: Logger): Discover {
  let known: { configuration: client.Configuration; at: number } | undefined;
  let asking: Promise<client.Configuration> | undefined;
  let failed: { problem: SignInProblem; at: number } | undefined;

  const ask = async (): Promise<client.Configuration> => {
    try {
      const configuration = await client.discovery(
        new URL(issuer),
        clientId,
        undefined,
        clientAuth(clientSecret.reveal()),
        {
          timeout: timeoutSeconds,
          // Only of this machine itself: the configuration admits no others.
          execute: issuer.startsWith('http:') ? [client.allowInsecureRequests] : [],
        },
      );
      // The ID token's signature counts, too, and not only the connection that it came by.
      client.enableNonRepudiationChecks(configuration);
      known = { configuration, at: performance.now() };
      failed = undefined;
      return configuration;
    } catch (error) {
      log.warn({ err: error, issuer }, 'the OpenID provider could not be asked what it offers');
      failed = { problem: new SignInProblem('unreachable', '', { cause: error }), at: performance.now() };
      if (known) return known.configuration;
      throw failed.problem;
    } finally {
      asking = undefined;
    }
  };

  return () => {
    const now = performance.now();
    const mayAsk = !failed || now - failed.at > pauseMs;
    if (known && (now - known.at < freshMs || !mayAsk)) return Promise.resolve(known.configuration);
    if (!mayAsk && failed) return Promise.reject(failed.problem);
    return (asking ??= ask());
  };
}

/** The way that every provider has to offer, unless it names only others. */
function clientAuth(secret: string): client.ClientAuth {
  const [basic, post] = [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const offered = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (offered.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}
