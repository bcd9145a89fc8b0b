import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { Provider } from 'oidc-provider';

/** A real OpenID provider, with its own sign-in page, where everybody whom it knows gets in with any password. */
export interface OpenidProvider {
  readonly issuer: string;
  readonly client: { readonly id: string; readonly secret: string };
  /** What it says of whom, besides who they are. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** An access token with these claims, signed with the provider's own key. */
  sign(claims: JWTPayload, header?: { kid?: string; typ?: string }): Promise<string>;
  /** The provider's public key, as a text that somebody might take for a shared secret. */
  readonly publicKeyText: string;
  /** Goes away, and comes back at the same address. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

interface ProviderOptions {
  readonly port: number;
  /** Where our console is. */
  readonly consoleUrl: string;
}

export async function startOpenidProvider({ port, consoleUrl }: ProviderOptions): Promise<OpenidProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  const client = { id: 'muster', secret: 'what only muster and the provider know' };
  const people = new Map<string, Readonly<Record<string, unknown>>>();
  const keys = await generateKeyPair('RS256', { extractable: true });
  const kid = 'the-key';
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${consoleUrl}/sso/callback`],
        post_logout_redirect_uris: [`${consoleUrl}/sign-in`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub', 'team', 'roles'], profile: ['name'], email: ['email', 'email_verified'] },
    findAccount: (_context, id) => ({ accountId: id, claims: () => Promise.resolve({ sub: id, ...people.get(id) }) }),
    jwks: { keys: [{ ...(await exportJWK(keys.privateKey)), kid, use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['only the test’s'] },
  });
  let server: Server | undefined;
  const start = () =>
    new Promise<void>((resolve) => {
      // The callback answers by itself.
      const answer = provider.callback();
      server = createServer((request, response) => void answer(request, response)).listen(port, '127.0.0.1', resolve);
    });
  await start();
  return {
    issuer,
    client,
    people,
    publicKeyText: JSON.stringify(await exportJWK(keys.publicKey)),
    sign: (claims, header) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(keys.privateKey),
    start,
    stop: () =>
      new Promise((resolve) => {
        server?.close(() => resolve());
        server?.closeAllConnections();
      }),
  };
}
