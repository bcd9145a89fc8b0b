import { randomBytes } from 'node:crypto';
import type { Origin } from '../context.ts';
import { headerOf, type NodeRequest } from './http-types.ts';

/** Where a request came from, with a fresh id. */
export function originOf(request: NodeRequest, publicUrl: string): Origin {
  const peer = withoutMapping(request.socket?.remoteAddress ?? '');
  const forwarded = headerOf(request, 'x-forwarded-for');
  const proxied = forwarded !== undefined || headerOf(request, 'forwarded') !== undefined;
  return {
    requestId: `req${randomBytes(8).toString('hex')}`,
    // A proxy on this machine that ends TLS adds the address it saw at the end; nobody else is believed.
    address: isLoopback(peer) && publicUrl.startsWith('https:') ? (forwarded?.split(',').at(-1)?.trim() ?? peer) : peer,
    userAgent: (headerOf(request, 'user-agent') ?? '').slice(0, 300),
    loopback: isLoopback(peer) && !proxied && isLoopbackName(hostNameOf(request)),
  };
}

const withoutMapping = (address: string) => address.replace(/^::ffff:(?=\d+\.)/, '');
const isLoopback = (address: string) => address === '::1' || address.startsWith('127.');
const isLoopbackName = (name: string) =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);

/** The name that the caller believes it talks to, without the port. */
function hostNameOf(request: NodeRequest): string {
  const authority = headerOf(request, ':authority') ?? headerOf(request, 'host') ?? '';
  return authority.replace(/:\d+$/, '').toLowerCase();
}
