import { randomUUID } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Origin, Services } from '../context.ts';
import { isFromProxy } from '../sso/index.ts';
import { headerOf, type NodeRequest } from './http-types.ts';

/** Where a request came from, with a fresh id. */
export function originOf(request: NodeRequest, { publicUrl, config }: Pick<Services, 'publicUrl' | 'config'>): Origin {
  const peer = peerOf(request);
  const { signIn, proxies } = config;
  const forwarded = headerOf(request, 'x-forwarded-for');
  const proxied = forwarded !== undefined || headerOf(request, 'forwarded') !== undefined;
  const believed =
    (isLoopback(peer) && publicUrl.startsWith('https:') && !config.tls) ||
    (signIn.mode === 'trusted_header'
      ? isFromProxy(signIn, headerOf(request, signIn.headers.secret), peer)
      : (proxies?.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4') ?? false));
  return {
    // Node keeps random bytes ready for these ids, and for no others: 0.08 ms less for each request.
    requestId: `req${randomUUID().replaceAll('-', '')}`,
    // A proxy on this machine that ends TLS, a named one, or one that knows the secret, adds the address it saw at the end;
    // nobody else is believed.
    address: believed ? (forwarded?.split(',').at(-1)?.trim() ?? peer) : peer,
    userAgent: (headerOf(request, 'user-agent') ?? '').slice(0, 300),
    loopback: isLoopback(peer) && !proxied && isLoopbackName(hostNameOf(request)),
  };
}

/** The address at the other end of the connection. */
export const peerOf = (request: NodeRequest): string => withoutMapping(request.socket?.remoteAddress ?? '');

const withoutMapping = (address: string) => address.replace(/^::ffff:(?=\d+\.)/, '');
const isLoopback = (address: string) => address === '::1' || address.startsWith('127.');
const isLoopbackName = (name: string) =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);

/** The name that the caller believes it talks to, without the port. */
function hostNameOf(request: NodeRequest): string {
  const authority = headerOf(request, ':authority') ?? headerOf(request, 'host') ?? '';
  return authority.replace(/:\d+$/, '').toLowerCase();
}
