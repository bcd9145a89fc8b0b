import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that the service got. */
export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server on loopback that speaks the APIs of assistant providers and of Resend, and can be told to misbehave. */
export interface TestService {
  /** For a base URL. */
  readonly url: string;
  readonly requests: readonly ServiceRequest[];
  /** The one key that it takes. */
  key: string;
  /** How it answers from now on: rightly, with this status, with a page, or never. */
  behaviour: 'answer' | 'garbage' | 'never' | number;
  close(): Promise<void>;
}

export async function startTestService(): Promise<TestService> {
  const requests: ServiceRequest[] = [];
  const state: { key: string; behaviour: TestService['behaviour'] } = { key: '', behaviour: 'answer' };
  const answerTo = ({ path, headers, body }: ServiceRequest): { status: number; json: object } => {
    // Services like to repeat what they were given: none of it may go anywhere.
    const echo = { error: { message: `Incorrect API key: ${headers.authorization}` } };
    if (typeof state.behaviour === 'number') return { status: state.behaviour, json: echo };
    if (headers.authorization !== `Bearer ${state.key}`) return { status: 401, json: echo };
    if (path.endsWith('/chat/completions')) return { status: 400, json: { error: 'no model is named' } };
    if (path.endsWith('/emails')) return { status: 200, json: { id: `of ${body.length}` } };
    return { status: 200, json: { data: [] } };
  };
  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
      requests.push(request);
      if (state.behaviour === 'never') return;
      if (state.behaviour === 'garbage') return response.end('<h1>Welcome to our network</h1>');
      const { status, json } = answerTo(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
