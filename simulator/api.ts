import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError, createClient, type Client, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';

/** The calls of whoever simulates, with their own rights. */
export interface Api {
  readonly hosts: Client<typeof HostService>;
  readonly sandboxes: Client<typeof SandboxService>;
}

export function apiOf(serverUrl: string, token: string): Api {
  const presenting: Interceptor = (next) => (request) => {
    if (token.startsWith('mst_team_')) request.header.set('x-api-key', token);
    else request.header.set('authorization', `Bearer ${token}`);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl: serverUrl,
    httpVersion: '1.1',
    defaultTimeoutMs: 60_000,
    interceptors: [presenting],
  });
  return { hosts: createClient(HostService, transport), sandboxes: createClient(SandboxService, transport) };
}

const longestWaitSeconds = 120;

/** Repeats a call that was too much at once, when the answer says that it may be repeated. */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const { code, metadata } = ConnectError.from(error);
      const seconds = Number(metadata.get('retry-after') ?? (code === Code.Unavailable ? 1 : Number.NaN));
      if (!(seconds <= longestWaitSeconds)) throw error;
      await delay(seconds * 1000, undefined, { signal });
    }
  }
}
