import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Code, ConnectError } from '@connectrpc/connect';
import { codeToHttpStatus, errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { connectionPath, connectionProtocol } from '#contract/connection.ts';
import { requirePossible } from '../access/index.ts';
import { readCredential, resolveCaller, sessionCookie } from '../auth/index.ts';
import { makeContext, type Context, type Services } from '../context.ts';
import { Refusal, unauthenticated } from '../errors.ts';
import type { Calls } from './calls.ts';
import { headerOf } from './http-types.ts';
import { originOf } from './origin.ts';
import { shuttingDown, toWireError } from './wire-errors.ts';

/**
 * Takes over the socket of a host that upgrades its connection. The caller is a host whose token is valid; everything
 * else is the handler's to check. What it throws before it has answered becomes an ordinary HTTP error.
 */
export type UpgradeHandler = (context: Context, request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void> | void;

/** Whether a request asks for a host's connection. */
export const isConnectionUpgrade = (request: IncomingMessage): boolean =>
  request.url?.split('?', 1)[0] === connectionPath && headerOf(request, 'upgrade')?.toLowerCase() === connectionProtocol;

/** Finds out which host it is and hands its socket to the handler. */
export function upgradeListener(services: Services, calls: Calls, handler: UpgradeHandler) {
  const { name: cookieName } = sessionCookie(services.publicUrl);
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer, origin: Context['origin']) => {
    if (calls.streamSignal.aborted) throw shuttingDown();
    const caller = await resolveCaller(services, readCredential((name) => headerOf(request, name), cookieName));
    if (caller.kind !== 'host') throw unauthenticated();
    requirePossible(caller, 'host.connect');
    const log = services.log.child({ requestId: origin.requestId, hostId: caller.hostId });
    await handler(makeContext({ ...services, log }, { caller, origin, signal: calls.streamSignal }), request, socket, head);
  };
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const origin = originOf(request, services.publicUrl);
    socket.on('error', () => {});
    upgrade(request, socket, head, origin).catch((error: unknown) => {
      const wire = toWireError(error, origin.requestId);
      if (error instanceof Refusal) services.log.info({ requestId: origin.requestId, code: Code[wire.code], address: origin.address }, 'a host was not connected');
      else services.log.error({ err: error, requestId: origin.requestId }, 'a host could not be connected');
      refuse(socket, wire);
    });
  };
}

function refuse(socket: Duplex, error: ConnectError): void {
  if (!socket.writable) return void socket.destroy();
  const status = codeToHttpStatus(error.code);
  const body = errorToJsonBytes(error, undefined);
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/json\r\ncontent-length: ${body.byteLength}\r\nconnection: close\r\n\r\n`,
  );
  socket.end(body, () => socket.destroy());
}
