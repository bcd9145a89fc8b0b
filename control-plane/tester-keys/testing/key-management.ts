import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A key at the provider. */
export interface KeyThere {
  readonly hash: string;
  readonly name: string;
  readonly value: string;
  readonly expiresAt: string;
  limit: number;
  limitReset: string | null;
  /** What was spent with it, in dollars. */
  usage: number;
}

/** A real server on loopback that manages keys as OpenRouter does, and can be told to misbehave. */
export interface KeyManagementServer {
  /** For a base URL. */
  readonly url: string;
  /** The one key that may manage others. */
  readonly managementKey: string;
  readonly keys: Map<string, KeyThere>;
  /** Requests that came in. */
  requests: number;
  /** How it answers from now on: rightly, with this status, with a page, or never. */
  behaviour: 'answer' | 'garbage' | 'never' | number;
  /** Does what the request with this number asks, and never says so: the connection breaks. */
  loseAnswer: number;
  /** Somebody works with a key. */
  spend(value: string, dollars: number): void;
  close(): Promise<void>;
}

const pageSize = 3;

export async function startKeyManagement(): Promise<KeyManagementServer> {
  const managementKey = 'sk-or-v1-management';
  const keys = new Map<string, KeyThere>();
  const state = { requests: 0, behaviour: 'answer' as KeyManagementServer['behaviour'], loseAnswer: -1 };

  const shown = ({ hash, name, limit, limitReset, usage }: KeyThere) => ({
    hash,
    name,
    limit,
    limit_reset: limitReset,
    usage,
    usage_daily: usage,
    usage_weekly: usage,
    usage_monthly: usage,
    disabled: false,
  });

  const handle = (method: string, url: URL, body: Record<string, unknown>): { status: number; json: object } => {
    const [, , hash] = url.pathname.split('/');
    const key = hash === undefined ? undefined : keys.get(hash);
    const limits = { limit: Number(body['limit']), limitReset: (body['limit_reset'] as string | null) ?? null };
    if (hash === undefined && method === 'GET') {
      const offset = Number(url.searchParams.get('offset') ?? 0);
      const page = [...keys.values()].slice(offset, offset + pageSize);
      return { status: 200, json: { data: page.map(shown) } };
    }
    if (hash === undefined) {
      const value = `sk-or-v1-${randomBytes(16).toString('hex')}`;
      const made = {
        hash: randomBytes(16).toString('hex'),
        value,
        name: String(body['name']),
        expiresAt: String(body['expires_at']),
        ...limits,
        usage: 0,
      };
      keys.set(made.hash, made);
      return { status: 201, json: { data: shown(made), key: value } };
    }
    if (!key) return { status: 404, json: { error: { message: 'Not found' } } };
    if (method === 'PATCH') Object.assign(key, limits);
    if (method === 'DELETE') keys.delete(key.hash);
    return { status: 200, json: method === 'DELETE' ? { deleted: true } : { data: shown(key) } };
  };

  const server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      const number = state.requests;
      state.requests += 1;
      const { behaviour } = state;
      if (behaviour === 'never') return undefined;
      if (behaviour === 'garbage') return response.end('<h1>Welcome to our network</h1>');
      // Services like to repeat what they were given.
      const echo = { error: { message: `Wrong: ${incoming.headers.authorization}` } };
      const isKnown = incoming.headers.authorization === `Bearer ${managementKey}`;
      const { status, json } =
        typeof behaviour === 'number'
          ? { status: behaviour, json: echo }
          : isKnown
            ? handle(
                incoming.method ?? '',
                new URL(incoming.url ?? '/', 'http://provider'),
                JSON.parse(body || '{}') as Record<string, unknown>, // what is sent is an object
              )
            : { status: 401, json: echo };
      if (number === state.loseAnswer) return incoming.socket.destroy();
      return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    managementKey,
    keys,
    spend(value: string, dollars: number) {
      for (const key of keys.values()) if (key.value === value) key.usage += dollars;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
