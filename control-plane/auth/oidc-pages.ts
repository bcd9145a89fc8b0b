import { Code } from '@connectrpc/connect';
import { z } from 'zod';
import { anonymous } from '../access/index.ts';
import { makeContext, type Context, type Origin, type Services } from '../context.ts';
import { Refusal } from '../errors.ts';
import { spend } from '../limits/index.ts';
import { answer, headerOf, type NodeRequest, type NodeResponse } from '../server/http-types.ts';
import { accountOf, callbackPath, loginPath, SignInProblem, type OidcProvider } from '../sso/index.ts';
import { readCookie } from './credential.ts';
import { returnPath } from './return-path.ts';
import { requireSafeTransport, sessionCookie, setCookie } from './session-cookie.ts';
import { openSession } from './sessions.ts';

type Page = (request: NodeRequest, response: NodeResponse, origin: Origin) => Promise<void>;

/** How long somebody may take to sign in. */
const signInMs = 10 * 60_000;
const sealName = 'sso-sign-in';

const begun = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  atMs: z.number(),
});

/** The two addresses between which a person signs in at the provider. */
export function oidcPages(services: Services, provider: OidcProvider): ReadonlyMap<string, Page> {
  const { publicUrl, installation, clock } = services;
  const { name: ofSession, attributes } = sessionCookie(publicUrl);
  const cookieName = `${ofSession}-sso`;
  const cookie = (value: string, seconds: number) => `${cookieName}=${value}; ${attributes}; Max-Age=${seconds}`;

  const begin: Page = async (request, response, origin) => {
    const context = contextOf(services, origin);
    requireSafeTransport(context);
    await spend(context, 'sign_in_service');
    const next = returnPath(queryOf(request).get('next'), publicUrl);
    const { url, check } = await provider.begin();
    const kept = Buffer.from(JSON.stringify({ ...check, next, atMs: clock.now() }));
    redirect(response, url.href, cookie(installation.seal(sealName, kept).toString('base64url'), signInMs / 1000));
  };

  const finish: Page = async (request, response, origin) => {
    const context = contextOf(services, origin);
    requireSafeTransport(context);
    await spend(context, 'sign_in_service');
    const check = unseal(services, readCookie(headerOf(request, 'cookie') ?? '', cookieName));
    if (!check || clock.now() - check.atMs > signInMs) throw new SignInProblem('over');
    const person = await provider.finish(`?${queryOf(request).toString()}`, check);
    const account = await accountOf(services, person, origin);
    if (!account.active) throw new SignInProblem('locked');
    const first = account.memberships.find(({ ssoName }) => ssoName === person.teams[0]);
    const { token } = await context.transaction((sql) =>
      openSession(sql, context, {
        userId: account.userId,
        userAgent: origin.userAgent,
        how: 'oidc',
        ...(first && { teamId: first.teamId }),
      }),
    );
    redirect(response, publicUrl + check.next, cookie('', 0), setCookie(publicUrl, token));
  };

  /** Whatever went wrong is told on the sign-in page, where the next try begins. */
  const orSayWhy =
    (page: Page): Page =>
    async (request, response, origin) => {
      try {
        await page(request, response, origin);
      } catch (error) {
        const problem = asProblem(error);
        if (!problem) throw error;
        services.log.warn({ err: error, requestId: origin.requestId }, 'a sign-in at the OpenID provider failed');
        const query = new URLSearchParams({ problem: problem.kind, ...(problem.claim && { claim: problem.claim }) });
        redirect(response, `${publicUrl}/sign-in?${query.toString()}`, cookie('', 0));
      }
    };

  return new Map([
    [loginPath, orSayWhy(begin)],
    [callbackPath, orSayWhy(finish)],
  ]);
}

const contextOf = (services: Services, origin: Origin): Context =>
  makeContext(services, { caller: anonymous, origin, signal: AbortSignal.timeout(60_000) });

const queryOf = ({ url = '' }: NodeRequest): URLSearchParams => new URLSearchParams(url.split('?').slice(1).join('?'));

function unseal({ installation }: Services, value: string | undefined): z.infer<typeof begun> | undefined {
  if (value === undefined) return undefined;
  try {
    const text = installation.unseal(sealName, Buffer.from(value, 'base64url')).toString();
    return begun.parse(JSON.parse(text));
  } catch {
    return undefined; // not ours, or of another master key
  }
}

function asProblem(error: unknown): SignInProblem | undefined {
  if (error instanceof SignInProblem) return error;
  if (!(error instanceof Refusal)) return undefined;
  if (error.code === Code.FailedPrecondition) return new SignInProblem('transport', '', { cause: error });
  return error.code === Code.ResourceExhausted ? new SignInProblem('too_often', '', { cause: error }) : undefined;
}

function redirect(response: NodeResponse, to: string, ...cookies: string[]): void {
  response.setHeader('set-cookie', cookies);
  answer(
    response,
    303,
    {
      location: to,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    '',
  );
}
