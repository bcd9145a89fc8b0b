import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** What a door does to what comes by it. Shares are of 1, by the dice of the schedule. */
export interface Weather {
  /** Takes everything and passes nothing on, either way, as a network that drops packets. */
  swallows: boolean;
  /** So long, or less, a request waits before it is passed on. */
  delaysUpToMs: number;
  /** So many answers are lost after the work was done. */
  losesAnswers: number;
  /** So many requests that may be repeated arrive a second time, later, elsewhere. */
  repeats: number;
}

/** In front of the replicas as a load balancer: leads to each in turn, past those where nobody listens, and misbehaves. */
export interface Door {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  readonly weather: Weather;
  /** Ends every connection; new ones are made as before. */
  cut(): void;
  /** Fine weather again. What was harmed is cut. */
  clearUp(): void;
  stop(): Promise<void>;
}

const fine: Readonly<Weather> = { swallows: false, delaysUpToMs: 0, losesAnswers: 0, repeats: 0 };
/** One arrival or two, the effect is the same: requests with an id, tokens and sequences, or an end. */
const repeatable = /\/(CreateSandbox|DestroySandbox|JoinHost|RefreshCredentials|Heartbeat)$/;
const repeatedWithinMs = 1_500;

/** Starts one on a free port. */
export async function startDoor(targets: readonly string[], random: () => number): Promise<Door> {
  const weather = { ...fine };
  const sockets = new Set<Duplex>();
  const agent = new Agent({ keepAlive: true });
  const stopping = new AbortController();
  let turn = 0;

  const hold = <T extends Duplex>(socket: T): T => {
    if (sockets.has(socket)) return socket;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const cut = () => sockets.forEach((socket) => socket.destroy());
  const wait = () => delay(random() * weather.delaysUpToMs, undefined, { signal: stopping.signal });

  /** The answer of the first target that can be reached. */
  const ask = async (incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> => {
    const first = (turn += 1);
    for (let attempt = 0; ; attempt += 1) {
      const { method, url, headers } = incoming;
      const outgoing = request(`${targets[(first + attempt) % targets.length]}${url}`, { method, headers, agent });
      outgoing.once('socket', hold);
      outgoing.end(body);
      try {
        const [response] = (await once(outgoing, 'response')) as [IncomingMessage]; // what Node emits
        return response;
      } catch (error) {
        const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
        if (!refused || attempt + 1 >= targets.length) throw error;
      }
    }
  };
  const repeatLater = async (incoming: IncomingMessage, body: Buffer) => {
    await delay(random() * repeatedWithinMs, undefined, { signal: stopping.signal });
    (await ask(incoming, body)).resume();
  };
  const pass = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(incoming);
    if (weather.swallows) return;
    await wait();
    if (repeatable.test(incoming.url ?? '') && random() < weather.repeats)
      void repeatLater(incoming, body).catch(() => {});
    const answer = await ask(incoming, body);
    if (random() < weather.losesAnswers) {
      await buffer(answer);
      response.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    for await (const part of answer) {
      if (weather.swallows) return;
      response.write(part);
    }
    if (!answer.complete) response.destroy();
    else if (!weather.swallows) response.end();
  };
  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => {
      // As load balancers say it, in their own words.
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
      else response.destroy();
    });
  });
  server.on('connection', hold);
  server.on('upgrade', (incoming, near: Duplex, head) => {
    near.on('error', () => {});
    if (weather.swallows) return;
    const open = (attempt: number) => {
      const { hostname, port } = new URL(targets[(turn += 1) % targets.length] ?? '');
      const far = hold(connect({ host: hostname, port: Number(port) }));
      const refused = () => (attempt + 1 < targets.length ? open(attempt + 1) : near.destroy());
      far.once('error', refused);
      far.once('connect', () => {
        far.off('error', refused);
        far.write(`${lineOf(incoming)}\r\n${headersOf(incoming)}\r\n\r\n`);
        far.write(head);
        carry(near, far, () => false);
        carry(far, near, () => random() < weather.losesAnswers);
      });
    };
    open(0);
  });

  /** From one end to the other. What is lost ends both. */
  const carry = (from: Duplex, to: Duplex, isLost: () => boolean) => {
    from.on('data', (data: Buffer) => {
      if (weather.swallows) return;
      if (isLost()) from.destroy();
      else if (!to.write(data)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => weather.swallows || to.end());
    from.once('close', () => weather.swallows || to.destroy());
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has no other address
  return {
    url: `http://127.0.0.1:${port}`,
    weather,
    cut,
    clearUp() {
      const harmed = weather.swallows;
      Object.assign(weather, fine);
      if (harmed) cut();
    },
    async stop() {
      stopping.abort();
      server.close();
      cut();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

const lineOf = ({ method, url, httpVersion }: IncomingMessage): string => `${method} ${url} HTTP/${httpVersion}`;

function headersOf({ rawHeaders }: IncomingMessage): string {
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, at) => rawHeaders.slice(2 * at, 2 * at + 2));
  return pairs.map(([name, value]) => `${name}: ${value}`).join('\r\n');
}
