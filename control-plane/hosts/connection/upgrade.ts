import { randomBytes } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { connectionHeaders, connectionPath, connectionProtocol } from '#contract/connection.ts';
import { serverConnectionStatement, signStatement } from '#contract/statements.ts';
import type { Services } from '../../context.ts';
import { hostCallerFrom } from '../enrolment/access-token.ts';
import type { HostConnections } from './connections.ts';
import { isProven, openLink, type Handshake } from './link.ts';
import { findConnectableHost } from './store.ts';

/** Handles what asks to upgrade on the port; what it does not know, it refuses. Owns the socket from then on. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** The door for agents' connections: access token, then 101 with our signature over their nonce, then their proof. */
export function upgradeHandler(services: Services, connections: HostConnections): UpgradeHandler {
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    accept(services, connections, request, socket, head).catch((error: unknown) => {
      services.log.debug({ err: error }, 'a host could not be connected');
      if (socket.writable && !socket.destroyed) refuse(socket, 503);
    });
  };
}

async function accept(
  services: Services,
  connections: HostConnections,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { installation, pool } = services;
  const asked = read(request);
  if (asked === 'unknown') return refuse(socket, 404);
  if (asked === 'malformed') return refuse(socket, 400);
  const caller = await hostCallerFrom(installation.tokens, asked.token);
  const host = caller && (await findConnectableHost(pool, caller.hostId, caller.epoch));
  if (!caller || !host) return refuse(socket, 401);

  const { hostId, epoch, expiresAt, generation } = caller;
  const handshake: Handshake = {
    installationId: installation.id,
    hostId,
    agentNonce: asked.agentNonce,
    serverNonce: randomBytes(32),
  };
  const signature = signStatement(serverConnectionStatement(handshake), installation.privateKey);
  // Awaited: HTTP/2 on a TLS socket that is still writing aborts the whole process (Node 24).
  await new Promise<void>((resolve, reject) =>
    socket.write(switching(handshake.serverNonce, signature), (error) => (error ? reject(error) : resolve())),
  );
  if (head.length > 0) socket.unshift(head);
  const link = openLink(socket, {
    hostId,
    instanceId: asked.instanceId,
    epoch,
    expiresAt,
    limits: { now: host.quarantined ? 'inventory' : 'none' },
    agentNonce: asked.agentNonce,
  });
  try {
    if (await isProven(link, handshake, host.publicKey)) await connections.hold(link, generation);
    else {
      services.log.warn({ hostId }, 'a host did not prove its key');
      link.session.close();
    }
  } catch (error) {
    link.session.close();
    throw error;
  }
}

interface Asked {
  readonly token: string;
  readonly agentNonce: Buffer;
  readonly instanceId: string;
}

function read({ url, headers }: IncomingMessage): Asked | 'unknown' | 'malformed' {
  if (url !== connectionPath || headers.upgrade?.toLowerCase() !== connectionProtocol) return 'unknown';
  const token = /^Bearer ([\w.-]{1,4096})$/i.exec(headers.authorization ?? '')?.[1];
  const nonce = headers[connectionHeaders.agentNonce];
  const instanceId = headers[connectionHeaders.instanceId];
  if (typeof nonce !== 'string' || !/^[0-9a-f]{64}$/i.test(nonce)) return 'malformed';
  if (typeof instanceId !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(instanceId)) return 'malformed';
  return { token: token ?? '', agentNonce: Buffer.from(nonce, 'hex'), instanceId };
}

function switching(serverNonce: Uint8Array, signature: Uint8Array): string {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    `Upgrade: ${connectionProtocol}`,
    `${connectionHeaders.serverNonce}: ${Buffer.from(serverNonce).toString('hex')}`,
    `${connectionHeaders.serverSignature}: ${Buffer.from(signature).toString('hex')}`,
    '\r\n',
  ].join('\r\n');
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
