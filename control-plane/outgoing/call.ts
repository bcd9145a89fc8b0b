import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Context } from '../context.ts';
import { failureKindOf, OutgoingFailure, type OutgoingFailureKind } from './failure.ts';
import { judgeOf } from './judge.ts';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** For all of it: name, connection, answer. */
  readonly timeoutMs: number;
}

export interface OutgoingAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const mostBytes = 256 * 1024;

/**
 * Asks a service whose address somebody has set. Redirects are not followed. Addresses of this machine and its networks
 * only where the configuration names them, judged where the connection is made, so that no name can lead there; without
 * encryption only to those. Throws an OutgoingFailure where nothing is answered.
 */
export async function callOut(
  { config, signal, build }: Pick<Context, 'config' | 'signal' | 'build'>,
  { method, url, headers, body, timeoutMs }: OutgoingRequest,
): Promise<OutgoingAnswer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const fail = (kind: OutgoingFailureKind, cause?: unknown) => new OutgoingFailure(kind, url.host, cause);
  const judge = judgeOf({ config }, url);
  judge.requireCallable();

  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        method,
        headers: {
          'user-agent': `Muster/${build.version}`,
          ...headers,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
        agent: false,
        lookup: judge.lookup,
        signal: AbortSignal.any([signal, timeout]),
      });
      request.on('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await readBody(answer, fail) };
  } catch (error) {
    if (error instanceof OutgoingFailure) throw error;
    if (signal.aborted) throw fail('canceled', error);
    throw fail(timeout.aborted ? 'timeout' : failureKindOf(error), error);
  }
}

async function readBody(
  answer: IncomingMessage,
  fail: (kind: OutgoingFailureKind) => OutgoingFailure,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    // no encoding is set: chunks are buffers
    size += chunk.length;
    if (size > mostBytes) throw fail('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
