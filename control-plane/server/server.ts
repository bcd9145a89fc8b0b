import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { ConnectRouter } from '@connectrpc/connect';
import type { NoteUse } from '../audit/index.ts';
import type { Services } from '../context.ts';
import type { AdmitCall } from '../limits/index.ts';
import type { Bridge } from './bridge.ts';
import { trackCalls } from './calls.ts';
import { type EndpointServer, isWebSocketUpgrade } from './endpoint-server.ts';
import { httpHandler, type Pages } from './http.ts';
import { originOf } from './origin.ts';
import type { Port } from './port.ts';
import { reflectionRoutes } from './reflection/index.ts';
import { rpcServer } from './rpc.ts';
import { trackSessions } from './sessions.ts';
import { isConnectionUpgrade, type UpgradeHandler } from './upgrade.ts';

/** What the features bring to the port. */
export interface ServerOptions {
  readonly routes: readonly ((router: ConnectRouter) => void)[];
  readonly onUpgrade: UpgradeHandler;
  /** Asked before every call; lets all through where unset. */
  readonly admitCall?: AdmitCall;
  /** Told of every sensitive call and denied attempt; nothing is written down where unset. */
  readonly noteUse?: NoteUse;
  /** Addresses that offer the API in another form. */
  readonly bridges?: readonly Bridge[];
  readonly pages?: Pages | undefined;
  /** Answers what is for ports of sandboxes; nobody does where unset. */
  readonly endpoints?: EndpointServer;
}

export interface Server {
  /** Takes nothing new, ends streams, lets unary calls finish for `patienceMs`. Connections stay open. */
  drain(patienceMs?: number): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** How long a drain waits for unary calls. */
const defaultPatienceMs = 10_000;
/** How long a connection may take to say goodbye. */
const goodbyeMs = 500;

/** Serves everything on the port. */
export function startServer(port: Port, services: Services, options: ServerOptions): Server {
  const calls = trackCalls();
  const rpc = rpcServer(services, calls, [...options.routes, reflectionRoutes], options);
  const { endpoints } = options;
  const handler = httpHandler(services, calls, rpc, { ...options });

  const http1 = createServer(
    {
      keepAliveTimeout: 65_000,
      headersTimeout: 30_000,
      // A large file over a slow line; what takes longer is uploaded in parts.
      requestTimeout: 3_600_000,
      shouldUpgradeCallback: (request) =>
        endpoints?.isFor(request) ? isWebSocketUpgrade(request) : isConnectionUpgrade(request),
    },
    (request, response) => {
      if (calls.streamSignal.aborted) response.setHeader('connection', 'close');
      handler(request, response);
    },
  );
  http1.on('upgrade', (request, socket, head) => {
    if (calls.streamSignal.aborted) socket.destroy();
    else if (endpoints?.isFor(request))
      endpoints.upgrade(request, socket, head, originOf(request, services), calls.streamSignal);
    else options.onUpgrade(request, socket, head);
  });
  // It never listens itself; this is what starts its watch over slow requests.
  http1.emit('listening');

  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: 256, initialWindowSize: 1024 * 1024 } }, handler);
  const sessions = trackSessions(http2);

  port.serve(http1, http2);
  return {
    async drain(patienceMs = defaultPatienceMs) {
      port.close();
      http1.closeIdleConnections();
      await calls.drain(patienceMs);
    },
    async close() {
      http1.close();
      sessions.close();
      await port.closed(goodbyeMs);
    },
  };
}
