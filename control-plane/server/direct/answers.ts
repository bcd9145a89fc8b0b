import { once } from 'node:events';
import type { ConnectError } from '@connectrpc/connect';
import { compressionGzip } from '@connectrpc/connect-node';
import {
  codeToHttpStatus,
  contentTypeStreamProto,
  contentTypeUnaryProto,
  endStreamToJson,
  errorToJsonBytes,
} from '@connectrpc/connect/protocol-connect';
import { encodeEnvelope } from '#contract/envelopes.ts';
import { headerOf, type NodeRequest, type NodeResponse } from '../http-types.ts';
import type { DirectContext } from './context.ts';

/** Shorter answers are not worth compressing. */
const compressedFrom = 1024;

/** Answers a call that has one answer, compressed where that is worth it and the caller can read it. */
export async function answerOnce(
  response: NodeResponse,
  context: DirectContext,
  message: Uint8Array,
  request: NodeRequest,
): Promise<void> {
  const mayCompress = message.length >= compressedFrom && /\bgzip\b/.test(headerOf(request, 'accept-encoding') ?? '');
  const body = mayCompress ? await compressionGzip.compress(message) : message;
  if (mayCompress) response.setHeader('content-encoding', 'gzip');
  setHeaders(response, context.answerHeaders());
  end(response, 200, contentTypeUnaryProto, body);
}

/** Answers with messages as they come, at the pace of who reads them; an error stands at the end. */
export async function answerStream(
  response: NodeResponse,
  context: DirectContext,
  messages: AsyncIterable<Uint8Array>,
  asWire: (error: unknown) => ConnectError,
): Promise<void> {
  let failure: ConnectError | undefined;
  try {
    for await (const message of messages) {
      open(response, context);
      if (response.destroyed) return;
      if (!writeTo(response, encodeEnvelope(message))) await room(response);
    }
  } catch (error) {
    failure = asWire(error);
  }
  endStream(response, context, failure);
}

/** Answers with an error before anything else was. */
export function answerRefusal(
  response: NodeResponse,
  context: DirectContext,
  kind: 'unary' | 'server_streaming',
  error: ConnectError,
): void {
  if (response.destroyed || response.writableEnded) return;
  if (kind === 'server_streaming') return endStream(response, context, error);
  setHeaders(response, context.answerHeaders());
  setHeaders(response, error.metadata);
  end(response, codeToHttpStatus(error.code), 'application/json', errorToJsonBytes(error, undefined));
}

function endStream(response: NodeResponse, context: DirectContext, failure: ConnectError | undefined): void {
  if (response.destroyed) return;
  open(response, context);
  const end = endStreamToJson(context.responseTrailer, failure, undefined);
  response.end(encodeEnvelope(Buffer.from(JSON.stringify(end)), true));
}

/** The headers of a stream, before its first message. */
function open(response: NodeResponse, context: DirectContext): void {
  if (response.headersSent || response.hasHeader('content-type')) return;
  setHeaders(response, context.responseHeader);
  response.setHeader('content-type', contentTypeStreamProto);
}

function end(response: NodeResponse, status: number, contentType: string, body: Uint8Array): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', body.length);
  response.end(body);
}

function setHeaders(response: NodeResponse, headers: Iterable<[string, string]>): void {
  for (const [name, value] of headers) {
    // The only one that may come more than once, and must not be joined.
    if (name === 'set-cookie') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
}

/** Both kinds of answers take bytes, but their types have no call in common. */
const writeTo = (response: NodeResponse, bytes: Uint8Array): boolean =>
  'stream' in response ? response.write(bytes) : response.write(bytes);

/** Until more may be written, or nobody reads any more. */
async function room(response: NodeResponse): Promise<void> {
  const settled = new AbortController();
  const options = { signal: settled.signal };
  await Promise.race([once(response, 'drain', options), once(response, 'close', options)]).finally(() =>
    settled.abort(),
  );
}
