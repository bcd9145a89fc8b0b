import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { pino } from 'pino';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { openSession } from '../../control-plane/auth/index.ts';
import { parseConfig } from '../../control-plane/config.ts';
import { startReplica, type Replica } from '../../control-plane/replica.ts';
import { createUser, hashPassword } from '../../control-plane/users/index.ts';
import { ensureDatabase, startPostgres } from '../../local/postgres/index.ts';

/** A control plane on a PostgreSQL of its own, with an admin. */
export interface BenchPlane {
  readonly replica: Replica;
  readonly directory: string;
  readonly fleet: Client<typeof FleetService>;
  readonly hosts: Client<typeof HostService>;
  stop(): Promise<void>;
}

/** Who signs in to it. */
export const person = { name: 'Bench', email: 'bench@example.com', password: 'a password of the bench' } as const;

export async function openPlane(env: Readonly<Record<string, string>> = {}): Promise<BenchPlane> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-fleet-'));
  const server = await startPostgres({ directory: join(directory, 'postgres'), durable: true });
  const close = async () => {
    await server.stop();
    await rm(directory, { recursive: true });
  };
  try {
    await ensureDatabase(server, 'muster');
    const config = parseConfig({
      DATABASE_URL: server.localUrl('muster'),
      MUSTER_DATA_DIR: join(directory, 'data'),
      MUSTER_LISTEN: '127.0.0.1:0',
      MUSTER_REPOSITORY_ROOTS: directory,
      // Nobody speaks for the hosts in the database: what they said stays good while it is measured.
      MUSTER_UNREACHABLE_AFTER: '2h',
      MUSTER_STALE_AFTER: '2h',
      // What is measured is not how callers are slowed down.
      MUSTER_CALLS_PER_MINUTE: '100000000',
      ...env,
    });
    const replica = await startReplica({ config, log: pino({ level: 'warn' }) });
    const stop = async () => {
      await replica.stop(0);
      await close();
    };
    const transport = await signedIn(replica);
    const [fleet, hosts] = [createClient(FleetService, transport), createClient(HostService, transport)];
    return { replica, directory, fleet, hosts, stop };
  } catch (error) {
    await close();
    throw error;
  }
}

async function signedIn({ context, services, url }: Replica): Promise<Transport> {
  const { name, email, password } = person;
  const made = { name, email, passwordHash: await hashPassword(password), platformAdmin: true };
  const { userId, sessionId } = await context.transaction(async (sql) => {
    const id = await createUser(sql, context, made);
    const session = await openSession(sql, context, { userId: id, userAgent: 'bench', how: 'password' });
    return { userId: id, sessionId: session.id };
  });
  const { token } = await services.installation.tokens.sign({
    audience: 'muster-user',
    subject: userId,
    lifetimeMs: 3_600_000,
    claims: { sid: sessionId },
  });
  const present: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${token.reveal()}`);
    return next(request);
  };
  return createConnectTransport({ baseUrl: url, httpVersion: '2', interceptors: [present] });
}
