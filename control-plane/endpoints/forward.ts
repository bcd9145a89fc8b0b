import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { NodeRequest, NodeResponse } from '../server/http-types.ts';
import type { EndpointAddress } from './address.ts';
import { towardsCaller, towardsGuest, type RequestFacts } from './headers.ts';
import { answerExplanation, notHttp } from './pages.ts';
import type { PortTunnel } from './tunnel.ts';

/** One request on its way to a guest. */
export interface Forwarding {
  readonly address: EndpointAddress;
  readonly facts: RequestFacts;
  readonly tunnel: PortTunnel;
  /** Where the endpoint is reached. */
  readonly origin: string;
  /** Lets pages without an origin read the answer: they have the link in their address. */
  readonly isOpenToOpaquePages: boolean;
}

/**
 * Sends a request to the guest and its answer to the caller, on a connection of its own that ends with it: whatever either
 * side writes, there is no next request that it could be taken for. Resolves when both are over.
 */
export function forward(forwarding: Forwarding, request: NodeRequest, response: NodeResponse): Promise<void> {
  const { address, facts, tunnel } = forwarding;
  const outgoing = httpRequest({
    createConnection: () => tunnel,
    method: request.method ?? 'GET',
    path: address.target,
    headers: { ...towardsGuest(request.headers, facts), connection: 'close' },
    setHost: false,
  });
  const over = Promise.withResolvers<void>();
  const failed = () => {
    if (response.headersSent || response.destroyed) response.destroy();
    else answerExplanation(request, response, notHttp(address.port));
  };
  outgoing.on('response', (incoming) => answerWith(forwarding, incoming, response, failed));
  outgoing.on('error', failed);
  // Only asked for where the caller did: a guest that switches by itself is not understood.
  outgoing.on('upgrade', (_, socket) => {
    socket.destroy();
    failed();
  });
  response.once('close', () => {
    outgoing.destroy();
    tunnel.destroy();
    over.resolve();
  });
  request.once('aborted', () => outgoing.destroy());
  request.pipe(outgoing);
  return over.promise;
}

function answerWith(
  { address, facts, origin, isOpenToOpaquePages }: Forwarding,
  incoming: IncomingMessage,
  response: NodeResponse,
  failed: () => void,
): void {
  incoming.on('error', failed);
  incoming.on('aborted', failed);
  const headers = towardsCaller(incoming.headers, address, { origin, cookieName: facts.cookieName });
  if (isOpenToOpaquePages) headers['access-control-allow-origin'] ??= '*';
  try {
    response.statusCode = incoming.statusCode ?? 502;
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    // So that a page which waits for events sees that it is connected before the first one comes.
    if ('flushHeaders' in response) response.flushHeaders();
    else response.writeHead(response.statusCode);
  } catch {
    incoming.destroy();
    return failed();
  }
  // One of both, whose `pipe` takes either.
  incoming.pipe(response as ServerResponse);
}

/** Sends a WebSocket's request to the guest, and joins both sockets when it agrees. Resolves when it is over. */
export function forwardUpgrade(
  { address, facts, tunnel, origin }: Forwarding,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  refused: (incoming: IncomingMessage | undefined) => void,
): Promise<void> {
  const outgoing = httpRequest({
    createConnection: () => tunnel,
    method: 'GET',
    path: address.target,
    headers: { ...towardsGuest(request.headers, facts), connection: 'Upgrade', upgrade: 'websocket' },
    setHost: false,
  });
  const over = Promise.withResolvers<void>();
  outgoing.on('upgrade', (incoming, guest, guestHead) => {
    const headers = towardsCaller(incoming.headers, address, { origin, cookieName: facts.cookieName });
    const lines = Object.entries({ ...headers, connection: 'Upgrade', upgrade: 'websocket' }).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => `${name}: ${one}`),
    );
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    if (guestHead.length > 0) socket.write(guestHead);
    if (head.length > 0) guest.write(head);
    for (const [one, other] of [
      [socket, guest],
      [guest, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.pipe(other);
    }
  });
  outgoing.on('response', (incoming) => refused(incoming));
  outgoing.on('error', () => (outgoing.writableFinished && socket.writable ? refused(undefined) : socket.destroy()));
  socket.once('close', () => {
    outgoing.destroy();
    tunnel.destroy();
    over.resolve();
  });
  outgoing.end();
  return over.promise;
}
