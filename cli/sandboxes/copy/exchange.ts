import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { JsonValue } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { errorFromJson } from '@connectrpc/connect/protocol-connect';
import type { Session } from '../../session/session.ts';

/** One request to the address of a file. */
export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly sandboxId: string;
  readonly path: Buffer;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable;
}

/** The connection broke: what was under way may be gone on with. */
export class ConnectionBroken extends Error {
  override readonly name = 'ConnectionBroken';
}

/**
 * Sends a request and answers the response, whose body the caller reads. Throws ConnectionBroken, or the API's own error
 * as a ConnectError.
 */
export async function exchange(session: Session, asked: Exchange): Promise<IncomingMessage> {
  const url = new URL(`/sandboxes/${asked.sandboxId}/files${encodePath(asked.path)}`, session.server);
  url.search = new URLSearchParams(asked.query).toString();
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, {
    method: asked.method,
    headers: { ...session.presented, ...asked.headers },
    signal: session.signal,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  answered.catch(() => undefined);
  // After an early answer nobody takes the rest of the body: that is no failure of its own.
  const sent = asked.body ? pipeline(asked.body, request) : void request.end();
  try {
    await Promise.race([answered, Promise.resolve(sent).then(() => answered)]);
  } catch (error) {
    if (session.signal.aborted) throw error;
    // An answer may have come before the body broke.
    throw new ConnectionBroken('The connection broke.', { cause: error });
  }
  const response = await answered;
  if ((response.statusCode ?? 500) < 400) return response;
  throw await errorOf(response);
}

/** Every byte that is not plain is percent-encoded: the path arrives as it is, also where it is no text. */
function encodePath(path: Buffer): string {
  return Array.from(path, (byte) => {
    const letter = String.fromCharCode(byte);
    return /[0-9A-Za-z/_~-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

async function errorOf(response: IncomingMessage): Promise<Error> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer); // no encoding is set
    const unknown = new ConnectError(`HTTP ${response.statusCode}`, Code.Unknown);
    return errorFromJson(JSON.parse(Buffer.concat(chunks).toString()) as JsonValue, undefined, unknown);
  } catch {
    // A proxy on the way answers in words of its own when what is behind it is away.
    return new ConnectionBroken(`HTTP ${response.statusCode}`);
  }
}
