import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Context } from '../context.ts';
import type { OutgoingRequest } from './call.ts';
import { failureKindOf, OutgoingFailure } from './failure.ts';
import { judgeOf } from './judge.ts';

/** Connections to services that are kept for the next request. */
export interface OutgoingConnections {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  close(): void;
}

/** How long one that nobody uses is kept. */
const idleMs = 30_000;

export function keepConnections(): OutgoingConnections {
  const http = new HttpAgent({ keepAlive: true, timeout: idleMs });
  const https = new HttpsAgent({ keepAlive: true, timeout: idleMs });
  return {
    http,
    https,
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

/**
 * Asks a service as `callOut` does, and answers as soon as its answer begins: whoever asks reads it, and has the signal end
 * it. `timeoutMs` is for that beginning alone. Where it leads is judged for each connection that is made; one that is
 * kept leads where it led before. Throws an OutgoingFailure where nothing is answered.
 */
export async function streamOut(
  context: Pick<Context, 'config' | 'signal' | 'build'>,
  asked: OutgoingRequest,
  connections: OutgoingConnections,
): Promise<IncomingMessage> {
  const { url, timeoutMs } = asked;
  const { signal } = context;
  judgeOf(context, url).requireCallable();
  const begun = new AbortController();
  const timer = setTimeout(() => begun.abort(), timeoutMs);
  const both = AbortSignal.any([signal, begun.signal]);
  try {
    return await begin(context, asked, connections, both).catch((error: unknown) => {
      if (!(error instanceof ClosedMeanwhile)) throw error;
      return begin(context, asked, connections, both);
    });
  } catch (error) {
    const kind = signal.aborted ? 'canceled' : begun.signal.aborted ? 'timeout' : failureKindOf(error);
    throw error instanceof OutgoingFailure ? error : new OutgoingFailure(kind, url.host, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The service closed a kept connection just when it was used again: it has not seen the request. */
class ClosedMeanwhile extends Error {}

function begin(
  context: Pick<Context, 'config' | 'build'>,
  asked: OutgoingRequest,
  connections: OutgoingConnections,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { method, url, headers, body } = asked;
  const encrypted = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const request = (encrypted ? requestHttps : requestHttp)(url, {
      method,
      headers: {
        'user-agent': `Muster/${context.build.version}`,
        ...headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
      agent: encrypted ? connections.https : connections.http,
      lookup: judgeOf(context, url).lookup,
      signal,
    });
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(request.reusedSocket && error.code === 'ECONNRESET' ? new ClosedMeanwhile('', { cause: error }) : error),
    );
    request.end(body);
  });
}
