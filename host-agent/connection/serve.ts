import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Windows for file transfer over long ways: 1 MiB per stream would be 80 Mbit/s at 100 ms. */
const streamWindow = 4 * 1024 * 1024;
const sessionWindow = 32 * 1024 * 1024;

/** Takes each stream as it comes: Node's requests and responses around them took a tenth of the time of a short call. */
export type StreamListener = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

export interface ServeOptions {
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
  /** The other end has answered a ping. */
  readonly onAlive: () => void;
  readonly signal: AbortSignal;
}

/**
 * Serves RPCs on a connection that we dialled ourselves: from here on the control plane is the HTTP/2 client.
 * Resolves when the connection has ended.
 */
export async function serveConnection(socket: Socket, listener: StreamListener, options: ServeOptions): Promise<void> {
  const server = createServer({
    settings: { initialWindowSize: streamWindow, maxConcurrentStreams: 10_000 },
    // The caller is our own control plane: hundreds of streams at once and bursts of cancelled runs are its daily work.
    maxSessionMemory: 512,
    streamResetBurst: 100_000,
    streamResetRate: 10_000,
  });
  server.on('stream', listener);
  server.on('session', (session) => {
    session.setLocalWindowSize(sessionWindow);
    keepAlive(session, options);
  });
  server.on('sessionError', () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => socket.destroy());
  socket.setNoDelay(true);
  // Node's HTTP/2 server leaves a socket alone whose ALPN says HTTP/1.1.
  if (socket instanceof TLSSocket) socket.alpnProtocol = null;
  const end = () => socket.destroy();
  options.signal.addEventListener('abort', end);
  server.emit('connection', socket);
  await closed;
  options.signal.removeEventListener('abort', end);
}

/** How we notice a dead connection. The control plane takes these pings for signs of life, and asks by its own where they stay away for 20 s. */
function keepAlive(session: ServerHttp2Session, { pingEveryMs, pingTimeoutMs, onAlive }: ServeOptions): void {
  let timeout: NodeJS.Timeout | undefined;
  const interval = setInterval(() => {
    // One that is ending has not closed yet, and a ping on it would throw.
    if (timeout || session.destroyed) return;
    timeout = setTimeout(() => session.destroy(), pingTimeoutMs);
    session.ping((error) => {
      clearTimeout(timeout);
      timeout = undefined;
      if (!error) onAlive();
    });
  }, pingEveryMs);
  session.on('error', () => undefined); // it closes with the error
  session.on('close', () => {
    clearInterval(interval);
    clearTimeout(timeout);
  });
}
