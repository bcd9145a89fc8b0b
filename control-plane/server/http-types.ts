import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** Requests and answers of both versions of HTTP. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** One header of a request; of several values the first. */
export function headerOf(request: NodeRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Answers with a text and no more. */
export function answerText(
  response: NodeResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, { 'content-type': 'text/plain; charset=utf-8', ...headers }, `${text}\n`);
}

/** Answers with a body that is at hand. */
export function answer(
  response: NodeResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries({ 'content-length': String(Buffer.byteLength(body)), ...headers }))
    response.setHeader(name, value);
  if (response.req.method === 'HEAD') response.end();
  else response.end(body);
}
