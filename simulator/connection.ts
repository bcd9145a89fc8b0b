import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { createValidateInterceptor } from '@connectrpc/validate';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';
import { connectionHeaders, connectionPath, connectionProtocol } from '#contract/connection.ts';
import { serverConnectionStatement, verifyStatement } from '#contract/statements.ts';
import type { Identity } from './protocol.ts';

/** The upgraded connection, before the roles turn. */
export interface Dialled {
  readonly socket: Duplex;
  readonly agentNonce: Uint8Array;
}

/** Dials and upgrades. Throws where the control plane refuses or cannot prove itself. */
export async function dial(
  serverUrl: string,
  authorization: string,
  instanceId: string,
  identity: Identity,
): Promise<Dialled> {
  const agentNonce = randomBytes(32);
  const outgoing = request(`${serverUrl}${connectionPath}`, {
    agent: false,
    headers: {
      connection: 'Upgrade',
      upgrade: connectionProtocol,
      authorization,
      [connectionHeaders.agentNonce]: agentNonce.toString('hex'),
      [connectionHeaders.instanceId]: instanceId,
    },
  });
  outgoing.end();
  const { headers, socket, head } = await new Promise<{
    headers: NodeJS.Dict<string | string[]>;
    socket: Duplex;
    head: Buffer;
  }>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      response.resume();
      reject(new Error(`The control plane answered ${response.statusCode} instead of taking the connection.`));
    });
    outgoing.once('upgrade', (response, socket, head) => resolve({ headers: response.headers, socket, head }));
  });
  const bytes = (name: string) => Buffer.from(String(headers[name] ?? ''), 'hex');
  const statement = serverConnectionStatement({
    installationId: identity.installationId,
    hostId: identity.hostId,
    agentNonce,
    serverNonce: bytes(connectionHeaders.serverNonce),
  });
  if (!verifyStatement(statement, bytes(connectionHeaders.serverSignature), identity.installationKey)) {
    socket.destroy();
    throw new Error('The control plane could not prove that it is the installation.');
  }
  if (head.length > 0) socket.unshift(head);
  return { socket, agentNonce };
}

/** Serves the control plane on a dialled connection, until it ends. */
export async function serve(socket: Duplex, service: ServiceImpl<typeof HostAgentService>): Promise<void> {
  const server = createServer();
  server.on(
    'request',
    connectNodeAdapter({
      routes: (router) => router.service(HostAgentService, service),
      interceptors: [createValidateInterceptor()],
    }),
  );
  server.on('sessionError', () => socket.destroy());
  socket.on('error', () => socket.destroy());
  const closed = once(socket, 'close');
  server.emit('connection', socket);
  await closed;
}
