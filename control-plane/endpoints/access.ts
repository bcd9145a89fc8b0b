import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { authorize, system, type Caller } from '../access/index.ts';
import { readCredential, resolveCaller, watchCaller } from '../auth/index.ts';
import { makeContext, type Context, type Origin, type Services } from '../context.ts';
import { Refusal, unauthenticated } from '../errors.ts';
import { reportBootstrapUse } from '../keys/index.ts';
import { headerOf, type NodeRequest } from '../server/http-types.ts';
import { authorityOf, type EndpointAddress } from './address.ts';
import { linkCookie, readCookies } from './cookies.ts';
import { verifyLink } from './links.ts';

/** Who may use a port, and until when. */
export interface EndpointAccess {
  /** The link's holder is nobody in particular: the system, which was asked by whoever made the link. */
  readonly context: Context;
  /** The link that opened it, if one did. */
  readonly link: { readonly text: string; readonly expiresAt: Date; readonly isCookie: boolean } | undefined;
  /** Whether the Authorization header is ours. */
  readonly isOurAuthorization: boolean;
  /** Calls `end` when they may not any more. Answers what stops the watch. */
  watch(resource: { teamId: string; hostId: string }, end: (reason: unknown) => void): () => void;
}

const keyHeaders = ['x-api-key', 'open-sandbox-api-key'];

/**
 * Finds out who asks. Cookies of the console count for nothing here: only a link, or a credential that was presented on
 * purpose. Throws UNAUTHENTICATED, BAD_ORIGIN.
 */
export async function findAccess(
  services: Services,
  request: NodeRequest,
  origin: Origin,
  address: EndpointAddress,
  signal: AbortSignal,
): Promise<EndpointAccess> {
  const link = linkOf(services, request, address);
  if (link?.isCookie) requireOwnPage(request, services.publicUrl.startsWith('https:'));
  if (address.form === 'path') refuseConsolePage(request);
  const context = (caller: Caller) => makeContext(services, { caller, origin, signal });
  const isOurAuthorization = isOurs(headerOf(request, 'authorization'));
  if (link) {
    return {
      context: context(system),
      link,
      isOurAuthorization,
      watch(_, end) {
        const restMs = () => link.expiresAt.getTime() - services.clock.now();
        const wait = () => setTimeout(look, restMs());
        // By the clock that opens links: what ended before it says so could be opened again at once.
        const look = () => {
          if (restMs() <= 0) end(linkOver());
          else timer = wait();
        };
        let timer = wait();
        return () => clearTimeout(timer);
      },
    };
  }
  const hasKey = keyHeaders.some((name) => headerOf(request, name) !== undefined);
  // Beside a key, the Authorization header is the guest's, unless it is plainly one of ours.
  const header = (name: string) =>
    name === 'cookie' || (name === 'authorization' && hasKey && !isOurAuthorization)
      ? undefined
      : headerOf(request, name);
  const credential = readCredential(header, { cookieName: undefined });
  if (credential.kind === 'none') throw linkNeeded();
  const caller = await resolveCaller(services, credential, origin);
  if (caller.kind === 'org_key' && caller.bootstrap) await reportBootstrapUse(services, caller, origin, 'endpoint');
  return {
    context: context(caller),
    link: undefined,
    isOurAuthorization: isOurAuthorization || !hasKey,
    watch: (resource, end) => watchCaller(services, caller, (now) => authorize(now, 'sandbox.endpoint', resource), end),
  };
}

function linkOf(services: Services, request: NodeRequest, address: EndpointAddress): EndpointAccess['link'] {
  if (address.link !== undefined) {
    const expiresAt = verifyLink(services, address, address.link);
    if (!expiresAt) throw linkOver();
    return { text: address.link, expiresAt, isCookie: false };
  }
  if (address.form !== 'host') return undefined;
  const name = linkCookie(services.publicUrl.startsWith('https:'));
  const text = readCookies(headerOf(request, 'cookie') ?? '').find((cookie) => cookie.name === name)?.value;
  const expiresAt = text === undefined ? undefined : verifyLink(services, address, text);
  return text !== undefined && expiresAt ? { text, expiresAt, isCookie: true } : undefined;
}

/** A token of ours by its looks: what carries one is never shown to a guest, whether it is valid or not. */
function isOurs(authorization: string | undefined): boolean {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) return false;
  if (token.startsWith('mst_')) return true;
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return /"muster-[a-z]+"/.test(JSON.stringify(claims));
  } catch {
    return false;
  }
}

/**
 * Browsers send the cookie unasked, also for pages of other sandboxes, which are of the same site: only a page of this very
 * origin (scheme, host and port), or a person who goes there, may use it.
 */
function requireOwnPage(request: NodeRequest, isSecure: boolean): void {
  const origin = headerOf(request, 'origin');
  const site = headerOf(request, 'sec-fetch-site');
  const goesThere =
    headerOf(request, 'sec-fetch-mode') === 'navigate' && ['GET', 'HEAD'].includes(request.method ?? '');
  const own = `${isSecure ? 'https' : 'http'}://${authorityOf(request)}`;
  const isOwn =
    origin === undefined
      ? site === undefined || site === 'same-origin' || site === 'none' || goesThere
      : origin === own;
  if (isOwn) return;
  throw new Refusal(
    Code.PermissionDenied,
    Reason.BAD_ORIGIN,
    `This request comes from a page of ${origin ?? 'another site'}.`,
    {
      help: 'Open the port itself, with a link of its own.',
    },
  );
}

/** Nothing that a guest serves is ever loaded into a page of the console. */
function refuseConsolePage(request: NodeRequest): void {
  if (headerOf(request, 'sec-fetch-site') !== 'same-origin' || headerOf(request, 'sec-fetch-dest') === 'document')
    return;
  throw new Refusal(Code.PermissionDenied, Reason.BAD_ORIGIN, 'A page of the console may not load this.', {
    help: 'Open the port in a window of its own.',
  });
}

const linkOver = () =>
  new Refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, 'This link is over, or it is for something else.', {
    help: 'Make a new one in the console, or with: muster sandboxes endpoint ID PORT --sign.',
  });

function linkNeeded(): Refusal {
  const { code, reason, message } = unauthenticated();
  return new Refusal(code, reason, message, {
    help: 'Open a signed link (console, or: muster sandboxes endpoint ID PORT --sign), or send a key or token as for the API.',
  });
}
