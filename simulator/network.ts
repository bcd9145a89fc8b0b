import { once } from 'node:events';
import { Agent } from 'node:http';
import { createServer, type Http2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { createContextKey, createContextValues, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { createValidateInterceptor } from '@connectrpc/validate';
import { HostAgentService } from '#proto/muster/agent/v1/host_agent_pb.js';

export type AgentService = ServiceImpl<typeof HostAgentService>;

/** What the hosts of one process share: the connections of their heartbeats, and the server that answers on their own. */
export interface SimulatedNetwork {
  /** For calls to the control plane. */
  readonly agent: Agent;
  /** Serves the control plane on a dialled connection, until it ends. */
  serve(socket: Duplex, service: AgentService): Promise<void>;
  close(): void;
}

const servedHost = createContextKey<AgentService | undefined>(undefined);
/**
 * So many heartbeats at once. A control plane of a large fleet gathers them for a second before it answers, and 10,000
 * hosts send 333 in that: with fewer connections they would queue here, and hosts would look silent that are not.
 */
const connectionsAtOnce = 512;

/** One server and one pool for all: a server of its own took each host 0.3 MB. */
export function simulatedNetwork(): SimulatedNetwork {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsAtOnce });
  const services = new WeakMap<Http2Session, AgentService>();
  const server = createServer();
  server.on(
    'request',
    connectNodeAdapter({
      routes: (router) => router.service(HostAgentService, sharedService()),
      interceptors: [createValidateInterceptor()],
      contextValues(request) {
        const session = 'stream' in request ? request.stream.session : undefined;
        return createContextValues().set(servedHost, session && services.get(session));
      },
    }),
  );
  server.on('sessionError', () => {}); // its socket ends with it
  return {
    agent,
    async serve(socket, service) {
      socket.on('error', () => socket.destroy());
      const closed = once(socket, 'close');
      // The session is made before `emit` returns.
      server.once('session', (session) => {
        services.set(session, service);
        session.once('error', () => socket.destroy());
        pingAsAgentsDo(session);
      });
      server.emit('connection', socket);
      await closed;
    },
    close: () => agent.destroy(),
  };
}

/** Agents look after their connection themselves, and the control plane takes that for a sign of life. */
const pingEveryMs = 15_000;

function pingAsAgentsDo(session: Http2Session): void {
  const pinging = setInterval(() => {
    // One that is ending has not closed yet, and a ping on it would throw.
    if (!session.destroyed) session.ping(() => {});
  }, pingEveryMs).unref();
  session.once('close', () => clearInterval(pinging));
}

type Handler = (request: unknown, context: HandlerContext) => unknown;

/** Every method, answered by the host whose connection the call came over. */
function sharedService(): AgentService {
  const methods = HostAgentService.methods.map(({ localName }): [string, Handler] => [
    localName,
    (request, context) => {
      const host = context.values.get(servedHost);
      if (!host) throw new Error('a call came over a connection of no host');
      // Same name, same method: what it takes and answers is the contract's.
      const handlers = host as unknown as Readonly<Record<string, Handler>>;
      return handlers[localName]?.(request, context);
    },
  ]);
  return Object.fromEntries(methods) as unknown as AgentService; // a handler for each of its methods
}
