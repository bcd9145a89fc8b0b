import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What stands between two programs of a test: it leads elsewhere, cuts and swallows when it is told to. */
export interface TcpProxy {
  /** `http://127.0.0.1:…` */
  readonly url: string;
  /** Where new connections lead. */
  leadTo(url: string): void;
  /** Ends every connection; new ones are made as before. */
  cut(): void;
  /** Takes everything and passes nothing on, on new connections too, as a network that drops packets. */
  swallow(): void;
  /** Ends the swallowing, and with it the connections that it has harmed. */
  passAgain(): void;
  /** How many connections there are. */
  readonly size: number;
  stop(): Promise<void>;
}

/** Starts one on a free port. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let leads = new URL(target);
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
  const server = createServer((incoming) => {
    const outgoing = connect({ host: leads.hostname, port: Number(leads.port) });
    join(incoming, outgoing);
    join(outgoing, incoming);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has no other address
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo: (url) => void (leads = new URL(url)),
    cut,
    swallow: () => void (swallowing = true),
    passAgain() {
      swallowing = false;
      cut();
    },
    get size() {
      return sockets.size / 2;
    },
    async stop() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
