import { Code, ConnectError } from '@connectrpc/connect';
import { createAsyncIterable, readAllBytes, type UniversalServerResponse } from '@connectrpc/connect/protocol';
import { codeToHttpStatus, errorFromJsonBytes, errorToJsonBytes } from '@connectrpc/connect/protocol-connect';
import { findTrailerError, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { invalidField } from '../errors.ts';
import { toWireError } from './wire-errors.ts';

const sentences: Readonly<Record<number, string>> = {
  405: 'Send a POST; only methods without side effects answer GET too.',
  415: 'Send Content-Type: application/json (or application/proto, or one of gRPC or gRPC-Web).',
  505: 'This method streams both ways: use HTTP/2.',
};
/** Error bodies are short; what is longer is none of ours. */
const maxErrorBytes = 64 * 1024;

/**
 * The RPC library refuses what it cannot read before any of our code sees the call. Those answers get the same ErrorInfo
 * as all others; the ones without a body get a sentence.
 */
export async function withErrorInfo(
  response: UniversalServerResponse,
  requestId: string,
): Promise<UniversalServerResponse> {
  if (response.trailer && response.body)
    return { ...response, body: withTrailerInfo(response.body, response.trailer, requestId) };
  if (response.status < 400) return response;
  const header = new Headers(response.header);
  if (response.body === undefined) {
    const text = sentences[response.status];
    if (text === undefined) return response;
    header.set('content-type', 'text/plain; charset=utf-8');
    return { ...response, header, body: createAsyncIterable([Buffer.from(`${text}\n`)]) };
  }
  if (header.get('content-type') !== 'application/json' || header.has('content-encoding')) return response;
  const bytes = await readAllBytes(response.body, maxErrorBytes);
  const error = errorFromJsonBytes(bytes, undefined, new ConnectError('unreadable', Code.Unknown));
  if (error.details.length > 0) return { ...response, body: createAsyncIterable([bytes]) };
  const wire = withInfo(error, requestId);
  const body = errorToJsonBytes(wire, undefined);
  header.set('content-length', String(body.byteLength));
  return { ...response, status: codeToHttpStatus(wire.code), header, body: createAsyncIterable([body]) };
}

/** Our own faults carry an ErrorInfo from the beginning: what has none and says "internal" is a message that could not be read. */
function withInfo(error: ConnectError, requestId: string): ConnectError {
  return toWireError(error.code === Code.Internal ? invalidField('', `${error.rawMessage}.`) : error, requestId);
}

/** In gRPC the error stands in the trailers, which are complete when the body is. */
async function* withTrailerInfo(
  body: AsyncIterable<Uint8Array>,
  trailer: Headers,
  requestId: string,
): AsyncGenerator<Uint8Array> {
  yield* body;
  const error = findTrailerError(trailer);
  if (error && error.details.length === 0) setTrailerStatus(trailer, withInfo(error, requestId));
}
