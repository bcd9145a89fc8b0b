import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { ProxyProblemKind } from '#proto/muster/v1/errors_pb.js';
import type { TrustedHeaderSettings } from '../../sign-in-config.ts';
import { nameFrom, roleFrom, type Person } from '../person.ts';
import { proxyProblem } from './problem.ts';

/** What a request says of itself: its headers as they came, name after value, and the address that it came from. */
export interface RawRequest {
  readonly rawHeaders: readonly string[];
  readonly peer: string;
}

/** The most that a header with roles may hold. */
const longestRoles = 4_096;

/**
 * Whom the sign-in proxy names. Undefined where the request carries none of its headers, so that a key can stand in it.
 * Throws the typed 401 for headers that do not come from the proxy, and for a word of the proxy that is not whole.
 */
export function readProxyHeaders(
  settings: TrustedHeaderSettings,
  { rawHeaders, peer }: RawRequest,
): Person | undefined {
  const { headers } = settings;
  const who = [headers.user, headers.team, headers.roles];
  const ours = new Set([...who, headers.secret]);
  const found = new Map<string, string[]>();
  const lookAlikes: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (ours.has(name)) found.set(name, [...(found.get(name) ?? []), rawHeaders[at + 1]!]);
    else if (ours.has(name.replaceAll('_', '-'))) lookAlikes.push(name);
  }
  const problem = (kind: ProxyProblemKind, names: readonly string[]) =>
    proxyProblem(settings, { kind, headers: names, address: peer });

  if (lookAlikes.length > 0) throw problem(ProxyProblemKind.HEADER_LOOK_ALIKE, lookAlikes);
  if (found.size === 0) return undefined;
  const present = [...found.keys()];
  if (!settings.ranges.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4'))
    throw problem(ProxyProblemKind.NOT_FROM_PROXY, present);
  const repeated = present.filter((name) => found.get(name)!.length > 1); // its own keys
  if (repeated.length > 0) throw problem(ProxyProblemKind.HEADER_REPEATED, repeated);
  const valueOf = (name: string) => found.get(name)?.[0] ?? '';
  if (!same(valueOf(headers.secret), settings.secret.reveal())) throw problem(ProxyProblemKind.SECRET_WRONG, present);

  // A proxy that sends its secret always, and found nobody: whoever asks may present a key.
  const missing = who.filter((name) => valueOf(name).trim() === '');
  if (missing.length === who.length) return undefined;
  if (missing.length > 0) throw problem(ProxyProblemKind.HEADERS_MISSING, missing);
  const texts = who.map((name) => textOf(valueOf(name)));
  const [user, team] = texts.slice(0, 2).map((text) => text && nameFrom(text));
  const roles = texts[2] !== undefined && texts[2].length <= longestRoles ? texts[2] : undefined;
  if (user === undefined || team === undefined || roles === undefined) {
    const unreadable = who.filter((_, index) => [user, team, roles][index] === undefined);
    throw problem(ProxyProblemKind.HEADER_UNREADABLE, unreadable);
  }
  return {
    source: settings.mode,
    id: user,
    name: user,
    email: '',
    teams: [team],
    role: roleFrom(roles.split(','), settings.people),
    platformAdmin: settings.people.platformAdmins.has(user),
  };
}

/** The 401 for who presents nothing at all. */
export const noProxyHeaders = (settings: TrustedHeaderSettings, peer: string) =>
  proxyProblem(settings, {
    kind: ProxyProblemKind.HEADERS_MISSING,
    headers: [settings.headers.user, settings.headers.team, settings.headers.roles],
    address: peer,
  });

/** Whether the request has the proxy's secret, from an address of the proxy: then what it says of others is believed. */
export function isFromProxy(settings: TrustedHeaderSettings, secret: string | undefined, peer: string): boolean {
  return (
    secret !== undefined &&
    settings.ranges.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4') &&
    same(secret, settings.secret.reveal())
  );
}

/** Node reads headers as Latin-1; proxies write UTF-8. Undefined for what is neither. */
function textOf(value: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Whether two texts are the same, in a time that says nothing about where they differ. */
function same(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
