import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What stands between two programs of a test: it leads elsewhere, cuts and swallows when it is told to. */
export interface TcpProxy {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** Where new connections lead: to each in turn, and past those where nobody listens. */
  leadTo(...urls: string[]): void;
  /** Ends every connection; new ones are made as before. */
  cut(): void;
  /** Takes everything and passes nothing on, on new connections too, as a network that drops packets. */
  swallow(): void;
  /** Ends the swallowing, and with it the connections that it has harmed. */
  passAgain(): void;
  stop(): Promise<void>;
}

/** Starts one on a free port. */
export async function startTcpProxy(...targets: string[]): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let leads = targets;
  let turn = 0;
  let swallowing = false;

  const join = (one: Socket, other: Socket) => {
    sockets.add(one);
    one.on('data', (data) => {
      if (!swallowing && !other.write(data)) one.pause();
    });
    one.on('drain', () => other.resume());
    one.on('error', () => {});
    one.on('end', () => swallowing || other.end());
    one.once('close', () => {
      sockets.delete(one);
      if (!swallowing) other.destroy();
    });
  };
  const open = (incoming: Socket, attempts: number) => {
    const { hostname, port } = new URL(leads[(turn += 1) % leads.length] ?? '');
    const outgoing = connect({ host: hostname, port: Number(port) });
    const fail = () => (attempts > 1 ? open(incoming, attempts - 1) : incoming.destroy());
    outgoing.once('error', fail);
    outgoing.once('connect', () => {
      outgoing.off('error', fail);
      join(incoming, outgoing);
      join(outgoing, incoming);
    });
  };
  const server = createServer((incoming) => {
    sockets.add(incoming);
    incoming.on('error', () => {});
    incoming.once('close', () => sockets.delete(incoming));
    open(incoming, leads.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has no other address
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo: (...urls) => void (leads = urls),
    cut,
    swallow: () => void (swallowing = true),
    passAgain() {
      swallowing = false;
      cut();
    },
    async stop() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
