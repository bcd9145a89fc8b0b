import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { connectionHeaders, connectionPath, connectionProtocol } from '#contract/connection.ts';
import type { Secret } from '#contract/secret.ts';
import { serverConnectionStatement, verifyStatement } from '#contract/statements.ts';
import type { Context } from '../context.ts';
import type { Credentials } from '../enrolment/credentials.ts';
import { requireSecure } from '../enrolment/door.ts';

/** A connection whose other end has proved that it is the pinned installation. */
export interface DialledConnection {
  readonly socket: Socket;
  readonly agentNonce: Uint8Array;
}

/** The control plane did not upgrade the connection. */
export class NotUpgradedError extends Error {
  override readonly name = 'NotUpgradedError';
  /** The HTTP status, 0 where there was no answer. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

const answerWithinMs = 10_000;

/**
 * Dials the control plane and upgrades the connection. Throws NotUpgradedError; a server that cannot sign our nonce
 * with the installation's key is none.
 */
export async function dial(
  context: Context,
  credentials: Credentials,
  token: Secret,
  instanceId: string,
): Promise<DialledConnection> {
  const agentNonce = randomBytes(32);
  const headers = {
    connection: 'Upgrade',
    upgrade: connectionProtocol,
    authorization: `Bearer ${token.reveal()}`,
    [connectionHeaders.agentNonce]: agentNonce.toString('hex'),
    [connectionHeaders.instanceId]: instanceId,
  };
  const { response, socket, head } = await upgrade(context, credentials.server, headers);
  const statement = serverConnectionStatement({
    installationId: credentials.installation.id,
    hostId: credentials.host.id,
    agentNonce,
    serverNonce: headerBytes(response, connectionHeaders.serverNonce),
  });
  if (
    !verifyStatement(
      statement,
      headerBytes(response, connectionHeaders.serverSignature),
      credentials.installation.publicKey,
    )
  ) {
    socket.destroy();
    throw new NotUpgradedError(
      101,
      'what answered is not the control plane that this host belongs to: its signature is wrong',
    );
  }
  // The client's preface is often here already.
  if (head.length > 0) socket.unshift(head);
  return { socket, agentNonce };
}

interface Upgraded {
  readonly response: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
}

function upgrade({ signal }: Context, server: string, headers: Record<string, string>): Promise<Upgraded> {
  const url = requireSecure(server);
  const path = `${url.pathname.replace(/\/$/, '')}${connectionPath}`;
  return new Promise((resolve, reject) => {
    const options = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || undefined,
      path,
      headers,
      timeout: answerWithinMs,
    };
    const request =
      url.protocol === 'https:'
        ? // An upgrade exists in HTTP/1.1 alone, so ALPN must not settle on HTTP/2.
          httpsRequest({ ...options, agent: new HttpsAgent({ ALPNProtocols: ['http/1.1'] }) })
        : httpRequest({ ...options, agent: false });
    const cancel = () => request.destroy(new Error('the agent stops'));
    signal.addEventListener('abort', cancel);
    request.on('close', () => signal.removeEventListener('abort', cancel));
    request.on('timeout', () => request.destroy(new Error(`no answer within ${answerWithinMs / 1000} seconds`)));
    request.on('error', (error) => reject(new NotUpgradedError(0, error.message, { cause: error })));
    request.on('response', (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      reject(new NotUpgradedError(status, `the control plane answered ${status} instead of taking the connection`));
      request.destroy();
    });
    request.on('upgrade', (response, socket, head) => {
      if (response.headers.upgrade?.toLowerCase() !== connectionProtocol) {
        socket.destroy();
        reject(new NotUpgradedError(101, 'the connection was upgraded to something else'));
        return;
      }
      socket.setTimeout(0);
      resolve({ response, socket, head });
    });
    request.end();
  });
}

function headerBytes({ headers }: IncomingMessage, name: string): Buffer {
  const value = headers[name];
  return typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value) ? Buffer.from(value, 'hex') : Buffer.alloc(0);
}
