import type { ContextValues, Transport } from '@connectrpc/connect';
import { createAsyncIterable, type UniversalHandler } from '@connectrpc/connect/protocol';
import { createTransport } from '@connectrpc/connect/protocol-connect';
import type { NodeRequest } from './http-types.ts';

const base = 'http://in-process';

/** Headers that are about the body or the connection of the one request, and say nothing about who asks. */
const ofTheBody =
  /^(?:content-|connect-|transfer-|if-|:)|^(?:accept|accept-encoding|connection|expect|host|range|te|upgrade)$/;

/**
 * Calls of the API as whoever made this request: through the same door, with the same headers, as if they had called
 * themselves. For addresses that offer the API in another form.
 */
export function transportAs(
  handlers: ReadonlyMap<string, UniversalHandler>,
  request: NodeRequest,
  values: () => ContextValues,
): Transport {
  const presented = Object.entries(request.headers).filter(([name]) => !ofTheBody.test(name));
  return createTransport({
    baseUrl: base,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: Number.MAX_SAFE_INTEGER,
    readMaxBytes: Number.MAX_SAFE_INTEGER,
    writeMaxBytes: Number.MAX_SAFE_INTEGER,
    async httpClient({ url, method, header, body, signal = new AbortController().signal }) {
      for (const [name, value] of presented)
        for (const one of [value ?? []].flat()) if (!header.has(name)) header.append(name, one);
      const handler = handlers.get(url.slice(base.length));
      if (!handler) throw new Error(`Nothing serves ${url}.`);
      const answer = await handler({
        httpVersion: '2.0',
        method,
        url,
        header,
        body: body ?? createAsyncIterable([]),
        signal,
        contextValues: values(),
      });
      const { status, header: headers = new Headers(), trailer = new Headers() } = answer;
      return {
        status,
        header: new Headers(headers),
        trailer: new Headers(trailer),
        body: answer.body ?? createAsyncIterable([]),
      };
    },
  });
}
