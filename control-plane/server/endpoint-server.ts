import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Origin } from '../context.ts';
import { headerOf, type NodeRequest, type NodeResponse } from './http-types.ts';

/** What answers requests for ports of sandboxes. */
export interface EndpointServer {
  /** Whether a request is for a port of a sandbox: then nobody else answers it. */
  isFor(request: NodeRequest): boolean;
  /** Resolves when the answer is over; the signal ends it. */
  handle(request: NodeRequest, response: NodeResponse, origin: Origin, signal: AbortSignal): Promise<void>;
  /** Takes over the socket of a WebSocket, with everything that is still to be checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, origin: Origin, signal: AbortSignal): void;
}

/** Whether a request asks for a WebSocket, and for nothing that could hide behind it. */
export const isWebSocketUpgrade = (request: IncomingMessage): boolean =>
  request.method === 'GET' &&
  headerOf(request, 'upgrade')?.toLowerCase() === 'websocket' &&
  request.headers['content-length'] === undefined &&
  request.headers['transfer-encoding'] === undefined;
