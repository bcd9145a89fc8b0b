import type { Server as Http1Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { StartupError } from '../errors.ts';
import { peek } from './peek.ts';
import type { TlsDoor } from './tls/door.ts';

/** How an HTTP/2 client that knows its server begins; no HTTP/1.1 method does. */
const preface = Buffer.from('PRI ');

/** The port, bound: nobody is served until `serve`, so that what can fail at the start has failed before. */
export interface Port {
  readonly port: number;
  /** Hands each connection to the server of the protocol that it speaks. */
  serve(http1: Http1Server, http2: Http2Server): void;
  /** Takes no more connections. */
  close(): void;
  /** Waits until every connection has ended, and ends those that have not after `patienceMs`. */
  closed(patienceMs: number): Promise<void>;
}

/** Binds the port, with TLS where it is given. Throws a StartupError with one sentence when it cannot be had. */
export function openPort(listen: { host: string; port: number }, tls?: TlsDoor): Promise<Port> {
  const sockets = new Set<Socket>();
  let accept: ((socket: Socket) => void) | undefined;
  let ended: Promise<void> | undefined;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Connections that break are daily business; each server deals with its own.
    socket.on('error', () => {});
    if (accept) accept(socket);
    else socket.destroy();
  });
  const close = () => (ended ??= new Promise((done) => server.close(() => done())));
  const shown = `${listen.host || '*'}:${listen.port}`;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new StartupError(bindProblem(error, shown), { cause: error })),
    );
    server.listen(listen.port, listen.host || undefined, () => {
      server.removeAllListeners('error');
      resolve({
        port: (server.address() as AddressInfo).port, // a TCP server has no other address
        serve: (http1, http2) => (accept = tls ? tls.serve(http1, http2) : (socket) => hand(socket, http1, http2)),
        close: () => void close(),
        async closed(patienceMs) {
          const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), patienceMs);
          await close();
          clearTimeout(timer);
        },
      });
    });
  });
}

function bindProblem(error: NodeJS.ErrnoException, shown: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${shown} is in use by another program: stop it, or set MUSTER_LISTEN to another address.`;
    case 'EACCES':
      return `${shown} may not be used by this user: set MUSTER_LISTEN to a port above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${shown} is no address of this machine: set MUSTER_LISTEN to one that is.`;
    default:
      return `${shown} cannot be listened on (${error.code ?? error.message}): set MUSTER_LISTEN to another address.`;
  }
}

/** Hands a connection to the server of the protocol that it begins with. */
function hand(socket: Socket, http1: Http1Server, http2: Http2Server): void {
  peek(socket, protocolOf, (protocol) => {
    // HTTP/2 has no use for half-open sockets, and would wait on them for ever.
    if (protocol === 'http2') socket.allowHalfOpen = false;
    (protocol === 'http2' ? http2 : http1).emit('connection', socket);
  });
}

function protocolOf(seen: Buffer): 'http1' | 'http2' | undefined {
  const length = Math.min(seen.length, preface.length);
  if (!seen.subarray(0, length).equals(preface.subarray(0, length))) return 'http1';
  return length < preface.length ? undefined : 'http2';
}
