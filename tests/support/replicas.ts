import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { startNode, type RunningProcess } from './process.ts';

/** A control plane in a process of its own. */
export interface ReplicaProcess extends RunningProcess {
  readonly url: string;
}

/** Replicas of one installation, as processes on one database. */
export interface Replicas {
  /** A user token of the first admin. */
  readonly token: string;
  /** Starts one more, and waits until it serves. On the port of one that has ended, or on a free one. */
  start(port?: number, environment?: Readonly<Record<string, string>>): Promise<ReplicaProcess>;
  stop(): Promise<void>;
}

const admin = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' };

/** Starts the first replica on an empty database, and makes the first admin. */
export async function startReplicas(
  databaseUrl: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Replicas & { readonly first: ReplicaProcess }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-test-replicas-'));
  const running: ReplicaProcess[] = [];
  const common = {
    DATABASE_URL: databaseUrl,
    MUSTER_DATA_DIR: dataDir,
    MUSTER_MASTER_KEY: randomBytes(32).toString('hex'),
    MUSTER_LOG_LEVEL: 'warn',
    MUSTER_CALLS_PER_MINUTE: '1000000',
    ...environment,
  };
  const start: Replicas['start'] = async (port, more = {}) => {
    const listen = `127.0.0.1:${port ?? (await freePort())}`;
    const name = `replica ${running.length + 1}`;
    const process = startNode(name, 'control-plane/main.ts', [], {
      environment: { ...common, ...more, MUSTER_LISTEN: listen },
    });
    const url = `http://${listen}`;
    const replica = { ...process, url };
    running.push(replica);
    const ended = process.ended.then((how) => {
      throw new Error(`${name} ended with ${how}`);
    });
    const serves = eventually(`${name} serves`, async () => (await fetch(`${url}/readyz`)).ok);
    await Promise.race([serves, ended]).catch((error: unknown) => {
      throw new Error(`${name} does not serve:\n${process.output()}`, { cause: error });
    });
    ended.catch(() => {}); // it may end whenever it likes from now on
    serves.catch(() => {});
    return replica;
  };
  const stop = async () => {
    await Promise.all(running.map((replica) => replica.stop()));
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const first = await start();
    const setupToken = await eventually('the setup link is printed', () => /mst_set_\w+/.exec(first.output())?.[0]);
    return { first, token: await setUp(first.url, setupToken), start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function setUp(url: string, setupToken: string): Promise<string> {
  const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1' });
  let cookie = '';
  await createClient(SetupService, transport).completeSetup(
    { setupToken, ...admin },
    { headers: { origin: url }, onHeader: (headers) => void (cookie = headers.get('set-cookie')?.split(';')[0] ?? '') },
  );
  return (await createClient(AuthService, transport).createUserToken({}, { headers: { origin: url, cookie } })).token;
}
