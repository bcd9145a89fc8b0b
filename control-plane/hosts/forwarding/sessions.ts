import { once } from 'node:events';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { openSession, type AgentSession } from '../connection/session.ts';

/** Connections to other replicas, opened when they are needed and shared by all calls. */
export interface ReplicaSessions {
  /** One with room for a call. Throws where the replica cannot be reached: nothing was sent then. */
  to(url: string): Promise<AgentSession>;
  close(): void;
}

const connectTimeoutMs = 3_000;
/** Below the 256 that the other side takes at once on one connection; beyond, another one is opened. */
const callsAtOnce = 200;
/** Sooner than the other side would close it, so that no call meets its end. */
const idleMs = 60_000;

interface Open {
  readonly session: AgentSession;
  calls: number;
}

export function replicaSessions(): ReplicaSessions {
  const open = new Map<string, Set<Open>>();
  const opening = new Map<string, Promise<AgentSession>>();
  let closed = false;

  const add = (url: string, session: AgentSession): AgentSession => {
    const all = open.get(url) ?? new Set();
    open.set(url, all);
    let idle: NodeJS.Timeout | undefined;
    const rest = () => (idle = setTimeout(() => session.close(), idleMs).unref());
    const counted: Open = {
      calls: 0,
      session: {
        ...session,
        open(path, headers) {
          const stream = session.open(path, headers);
          clearTimeout(idle);
          counted.calls += 1;
          stream.once('close', () => {
            counted.calls -= 1;
            if (counted.calls === 0) rest();
          });
          return stream;
        },
      },
    };
    all.add(counted);
    rest();
    void session.ended.then(() => {
      clearTimeout(idle);
      all.delete(counted);
      if (all.size === 0 && open.get(url) === all) open.delete(url);
    });
    if (closed) session.close();
    return counted.session;
  };

  return {
    to(url) {
      const free = [...(open.get(url) ?? [])].find(({ calls }) => calls < callsAtOnce);
      if (free) return Promise.resolve(free.session);
      const coming = opening.get(url);
      if (coming) return coming;
      const connected = dial(url)
        .then((socket) => add(url, openSession(socket)))
        .finally(() => opening.delete(url));
      opening.set(url, connected);
      return connected;
    },
    close() {
      closed = true;
      for (const all of open.values()) for (const { session } of all) session.close();
    },
  };
}

async function dial(url: string): Promise<net.Socket> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = protocol === 'https:';
  const socket = secure
    ? tls.connect({ host, port: Number(port || 443), servername: net.isIP(host) ? '' : host, ALPNProtocols: ['h2'] })
    : net.connect({ host, port: Number(port || 80) });
  try {
    await once(socket, secure ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) });
  } catch (error) {
    socket.once('error', () => {});
    socket.destroy();
    throw error;
  }
  socket.setNoDelay(true);
  socket.on('error', () => {}); // the session ends with it
  return socket;
}
