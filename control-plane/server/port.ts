import type { Server as Http1Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { StartupError } from '../errors.ts';

/** How an HTTP/2 client that knows its server begins; no HTTP/1.1 method does. */
const preface = Buffer.from('PRI ');
/** How long a connection may stay silent before its first byte. */
const firstByteMs = 10_000;

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

/** Binds the port. Throws a StartupError with one sentence when it cannot be had. */
export function openPort(listen: { host: string; port: number }): Promise<Port> {
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
        serve: (http1, http2) => (accept = (socket) => sniff(socket, http1, http2)),
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

/** Looks at the first bytes while the socket is paused, puts them back, and hands the socket over. `data` and `unshift` would break HTTP/2. */
function sniff(socket: Socket, http1: Http1Server, http2: Http2Server): void {
  const pieces: Buffer[] = [];
  const timer = setTimeout(() => socket.destroy(), firstByteMs);
  const stop = () => {
    clearTimeout(timer);
    socket.off('readable', look);
    socket.off('end', giveUp);
    socket.off('close', stop);
  };
  const giveUp = () => {
    stop();
    socket.destroy();
  };
  const look = () => {
    const piece = socket.read() as Buffer | null; // no encoding is set
    if (piece === null) return;
    pieces.push(piece);
    const seen = Buffer.concat(pieces);
    const length = Math.min(seen.length, preface.length);
    const matches = seen.subarray(0, length).equals(preface.subarray(0, length));
    if (matches && length < preface.length) return;
    stop();
    // HTTP/2 has no use for half-open sockets, and would wait on them for ever.
    if (matches) socket.allowHalfOpen = false;
    socket.unshift(seen);
    (matches ? http2 : http1).emit('connection', socket);
  };
  socket.on('readable', look);
  socket.on('end', giveUp);
  socket.on('close', stop);
}
