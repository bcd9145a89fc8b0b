import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { readCookies } from './cookies.ts';
import type { EndpointAddress } from './address.ts';

/** Of one connection alone (RFC 9110, 7.6.1); what `Connection` names is added to them. */
const hopByHop = [
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Ours, and what nobody but us may say. */
const taken = ['x-api-key', 'open-sandbox-api-key', 'forwarded', 'x-real-ip'];

/** What a request is about beside its headers. */
export interface RequestFacts {
  readonly address: EndpointAddress;
  /** As the caller wrote it. */
  readonly authority: string;
  readonly isSecure: boolean;
  readonly clientAddress: string;
  /** Whether the Authorization header is ours. */
  readonly isOurAuthorization: boolean;
  /** Headers that carry more of our own secrets: those of a sign-in proxy. */
  readonly secretHeaders: readonly string[];
  readonly cookieName: string;
}

/** The headers as the guest gets them: as if it were asked on its own port, with nothing of ours in them. */
export function towardsGuest(headers: IncomingHttpHeaders, facts: RequestFacts): OutgoingHttpHeaders {
  const { address, authority, isSecure, clientAddress, isOurAuthorization, secretHeaders, cookieName } = facts;
  const left = new Set([...hopByHop, ...namedIn(headers.connection), ...taken, ...secretHeaders, 'host']);
  const local = `localhost:${address.port}`;
  const own = `${isSecure ? 'https' : 'http'}://${authority}`;
  const result: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || name.startsWith('x-forwarded-') || left.has(name)) continue;
    if (name === 'authorization' && isOurAuthorization) continue;
    result[name] = value;
  }
  result['host'] = local;
  // The console's address, and a link in it, are nothing for the guest.
  if (headers.referer !== undefined && address.form === 'path') delete result['referer'];
  if (headers.origin === own) result['origin'] = address.form === 'host' ? `http://${local}` : 'null';
  const cookies = address.form === 'host' ? otherCookies(headers.cookie ?? '', cookieName) : '';
  if (cookies === '') delete result['cookie'];
  else result['cookie'] = cookies;
  const forwardedPort = /:(\d+)$/.exec(authority)?.[1] ?? (isSecure ? '443' : '80');
  return {
    ...result,
    'x-forwarded-for': clientAddress,
    'x-forwarded-host': authority,
    'x-forwarded-port': forwardedPort,
    'x-forwarded-proto': isSecure ? 'https' : 'http',
    ...(address.form === 'path' && { 'x-forwarded-prefix': address.prefix.replace(/\/~[^/]*$/, '') }),
  };
}

/** What would act beyond the one answer: on the console's whole origin. */
const originWide = [
  'accept-ch',
  'alt-svc',
  'clear-site-data',
  'critical-ch',
  'nel',
  'origin-agent-cluster',
  'public-key-pins',
  'public-key-pins-report-only',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'set-login',
  'sourcemap',
  'strict-transport-security',
  'use-as-dictionary',
  'www-authenticate',
];

/** The same in the wildcard-host form: beyond the host, on those of other sandboxes. */
const siteWide = ['clear-site-data', 'set-cookie2'];

/** A page in the path form has no origin: it is nobody to the console, which it is served beside. */
const sandboxPolicy = 'sandbox allow-scripts allow-forms';

/** The headers of a guest's answer as the caller gets them. */
export function towardsCaller(
  headers: IncomingHttpHeaders,
  address: EndpointAddress,
  own: { readonly origin: string; readonly cookieName: string },
): OutgoingHttpHeaders {
  const isPath = address.form === 'path';
  const left = new Set([...hopByHop, ...namedIn(headers.connection), ...(isPath ? originWide : siteWide)]);
  const result: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !left.has(name)) result[name] = value;
  if (headers.location !== undefined) result['location'] = outside(headers.location, address, own.origin);
  if (!isPath) {
    const cookies = headers['set-cookie']?.flatMap((cookie) => ownCookie(cookie, own.cookieName) ?? []);
    if (cookies?.length) result['set-cookie'] = cookies;
    else delete result['set-cookie'];
    return result;
  }
  const policies = [headers['content-security-policy'], sandboxPolicy].filter((policy) => policy !== undefined);
  return {
    ...result,
    'content-security-policy': policies.join(', '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}

/** Names in a Connection header. What a request has to have is never taken for one. */
const namedIn = (connection: string | undefined): string[] =>
  (connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'host' && name !== 'content-length');

const otherCookies = (header: string, ownName: string): string =>
  readCookies(header)
    .filter(({ name }) => name !== ownName)
    .map(({ text }) => text)
    .join('; ');

/** A guest's cookie, for its own host alone; undefined for one that would take the place of ours. */
function ownCookie(cookie: string, ownName: string): string | undefined {
  const [pair = '', ...attributes] = cookie.split(';');
  if (pair.split('=', 1)[0]?.trim() === ownName) return undefined;
  return [pair, ...attributes.filter((attribute) => !/^\s*domain\s*(=|$)/i.test(attribute))].join(';');
}

/** A redirect to where the guest believes that it is leads to where it is reached. */
function outside(location: string, { prefix, port }: EndpointAddress, origin: string): string {
  const [, rest] =
    new RegExp(`^https?://(?:localhost|127\\.0\\.0\\.1|\\[::1\\]):${port}(/.*)?$`, 'i').exec(location) ?? [];
  const isLocal = new RegExp(`^https?://(?:localhost|127\\.0\\.0\\.1|\\[::1\\]):${port}(/|$)`, 'i').test(location);
  if (isLocal) return `${prefix === '' ? origin : prefix}${rest ?? '/'}`;
  return location.startsWith('/') && !/^\/[/\\]/.test(location) ? `${prefix}${location}` : location;
}
