import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
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
