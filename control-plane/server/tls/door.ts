import type { Server as Http1Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import { peek } from '../peek.ts';
import type { Certificate } from './certificate.ts';

/** TLS before the servers of both protocols. */
export interface TlsDoor {
  /** Ends TLS on each connection that it is handed, and hands it to the server of the protocol that both sides agreed on. */
  serve(http1: Http1Server, http2: Http2Server): (socket: Socket) => void;
  /** Shows another certificate to all connections from now on; those that stand stay. */
  show(certificate: Certificate): void;
}

/** How the first message of TLS begins. */
const handshake = 0x16;
const handshakeWithinMs = 10_000;
/** How long somebody may take to read that this port speaks TLS. */
const refusalMs = 1_000;
const refusal = 'This port speaks TLS: use https.\n';

export function tlsDoor(certificate: Certificate): TlsDoor {
  const server = createServer({
    ...shown(certificate),
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: handshakeWithinMs,
  });
  // Node leaves a socket open whose handshake took too long.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return {
    serve(http1, http2) {
      server.on('secureConnection', (socket) => {
        const isHttp2 = socket.alpnProtocol === 'h2';
        // HTTP/2 has no use for half-open sockets, and would wait on them for ever.
        if (isHttp2) socket.allowHalfOpen = false;
        (isHttp2 ? http2 : http1).emit('connection', socket);
      });
      return (socket) =>
        peek(
          socket,
          (seen) => seen[0] === handshake,
          (speaksTls) => (speaksTls ? server.emit('connection', socket) : refusePlain(socket)),
        );
    },
    show: (next) => server.setSecureContext(shown(next)),
  };
}

const shown = ({ cert, key }: Certificate) => ({ cert, key, minVersion: 'TLSv1.2' }) as const;

function refusePlain(socket: Socket): void {
  const head = ['HTTP/1.1 400 Bad Request', 'Content-Type: text/plain; charset=utf-8', 'Connection: close'];
  socket.end([...head, `Content-Length: ${refusal.length}`, '', refusal].join('\r\n'));
  // What it still sends is read away: an answer in front of unread data would be lost.
  socket.resume();
  const patience = setTimeout(() => socket.destroy(), refusalMs);
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(patience));
}
