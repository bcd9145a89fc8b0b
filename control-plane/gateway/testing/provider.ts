import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that the provider got. */
export interface ProviderRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
  readonly response: ServerResponse;
  /** Resolves when its connection ends, or it was answered. */
  readonly over: Promise<unknown>;
}

/** A real server on loopback that speaks the API of a provider, and can be told to misbehave. */
export interface TestProvider {
  /** For a base URL. */
  readonly url: string;
  readonly requests: ProviderRequest[];
  /** How it answers from now on: rightly, with this status, with a page, never, or by itself. */
  behaviour: 'answer' | 'garbage' | 'never' | number | ((request: ProviderRequest) => unknown);
  /** What it says that an answer took. */
  usage: Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}

const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (content: string) => event({ id: 'c1', choices: [{ index: 0, delta: { content } }], usage: null });

/** The events of a right answer, the last but one of which has the figures alone. */
export const streamOf = (usage: object): readonly string[] => [
  ': keep-alive\n\n',
  chunk('Good mörning'),
  chunk(', Ada.'),
  event({ id: 'c1', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null }),
  event({ id: 'c1', choices: [], usage }),
  'data: [DONE]\n\n',
];

export async function startTestProvider(): Promise<TestProvider> {
  const requests: ProviderRequest[] = [];
  const state: { behaviour: TestProvider['behaviour']; usage: TestProvider['usage'] } = {
    behaviour: 'answer',
    usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 },
  };
  const rightly = ({ path, body, response }: ProviderRequest) => {
    const { usage } = state;
    if (path.endsWith('/models')) {
      const data = [{ id: 'llama-small', object: 'model', context_window: 8192 }];
      return response.end(JSON.stringify({ object: 'list', data }));
    }
    if (body['stream'] === true) {
      response.setHeader('content-type', 'text/event-stream');
      for (const one of streamOf(usage)) response.write(one);
      return response.end();
    }
    response.setHeader('content-type', 'application/json');
    const choices = [{ index: 0, message: { role: 'assistant', content: 'Good mörning, Ada.' } }];
    return response.end(JSON.stringify({ id: 'c1', choices, usage }));
  };
  const server = createServer((incoming, response) => {
    const over = once(response, 'close');
    void text(incoming).then((body) => {
      const { url: path = '', headers } = incoming;
      const parsed: ProviderRequest['body'] = JSON.parse(body || '{}'); // what the gateway sends is an object
      const request = { path, headers, body: parsed, response, over };
      requests.push(request);
      const { behaviour } = state;
      if (behaviour === 'never') return undefined;
      if (behaviour === 'garbage') return response.end('<h1>Welcome to our network</h1>');
      if (typeof behaviour === 'function') return behaviour(request);
      if (behaviour === 'answer') return rightly(request);
      // Services like to repeat what they were given: the key may go nowhere.
      response.writeHead(behaviour, { 'content-type': 'application/json', 'retry-after': '7' });
      return response.end(JSON.stringify({ error: { message: `Wrong, ${headers.authorization}` } }));
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
