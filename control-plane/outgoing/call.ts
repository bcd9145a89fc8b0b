import { lookup, type LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Context } from '../context.ts';
import { isIn, isPrivateAddress } from './addresses.ts';
import { failureKindOf, OutgoingFailure, type OutgoingFailureKind } from './failure.ts';

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
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
  const refusalOf = (address: string) => {
    if (isIn(config.privateRanges, address)) return undefined;
    if (isPrivateAddress(address)) return fail('private_address');
    return url.protocol === 'https:' ? undefined : fail('plain_http');
  };
  // A name is judged by what it resolves to, below; for an address nobody is asked.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const refused = isIP(host) ? refusalOf(host) : undefined;
  if (refused) throw refused;

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
        lookup: judgingLookup(refusalOf),
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

/** Resolves names, and leaves out what may not be called. */
const judgingLookup =
  (refusalOf: (address: string) => OutgoingFailure | undefined): LookupFunction =>
  (hostname, options, answer) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return answer(error, []);
      const allowed = found.filter(({ address }) => refusalOf(address) === undefined);
      const [first] = allowed;
      if (!first) return answer(refusalOf(found[0]?.address ?? '') ?? new Error('no address'), []);
      if (options.all) return answer(null, allowed);
      answer(null, first.address, first.family);
    });
  };

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
