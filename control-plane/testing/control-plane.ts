import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../../tests/setup/database.ts';
import type { Clock } from '../clock.ts';
import { parseConfig } from '../config.ts';
import type { Context, Services } from '../context.ts';
import { openLog } from '../log.ts';
import { startReplica, type Replica, type ReplicaParts } from '../replica.ts';
import { clientsOf, type Clients } from './clients.ts';
import { makeTestUser, type TestUser } from './users.ts';

export interface TestOptions {
  /** Over the test's defaults, in the words of the environment (`MUSTER_UNREACHABLE_AFTER: '300ms'`). */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** All by default. */
  readonly features?: ReplicaParts['features'];
  /** Without users the installation still waits for its setup. */
  readonly users?: false;
}

/** A real control plane in this process, on a random port, with a database of its own. */
export interface TestControlPlane {
  readonly url: string;
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly replica: Replica;
  readonly services: Services;
  /** A context of the system's own. */
  readonly context: Context;
  readonly anonymous: Clients;
  /** The first platform admin, with a team of their own. */
  readonly admin: TestUser;
  /** Somebody else, with another team. */
  readonly other: TestUser;
  /** One more user, with a team of their own. */
  makeUser(name: string, options?: { platformAdmin?: boolean }): Promise<TestUser>;
  /** One more replica of the same installation; stopped with the rest. */
  startReplica(env?: Readonly<Record<string, string>>): Promise<Replica>;
  /** Everything that was logged, debug lines too. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** Starts one. Stop it in `afterAll`. */
export async function startTestControlPlane({
  env = {},
  clock,
  features,
  users,
}: TestOptions = {}): Promise<TestControlPlane> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-test-'));
  const replicas: Replica[] = [];
  const lines: string[] = [];
  const masterKey = randomBytes(32).toString('hex');

  const start = async (more: Readonly<Record<string, string>> = {}): Promise<Replica> => {
    const config = parseConfig({
      DATABASE_URL: database.url,
      MUSTER_DATA_DIR: dataDir,
      MUSTER_LISTEN: '127.0.0.1:0',
      MUSTER_MASTER_KEY: masterKey,
      MUSTER_LOG_LEVEL: 'debug',
      // Tests ask again and again until something is true.
      MUSTER_CALLS_PER_MINUTE: '100000',
      ...env,
      ...more,
    });
    const replica = await startReplica({
      config,
      log: openLog(config, { write: (line) => void lines.push(line) }),
      clock,
      features,
    });
    replicas.push(replica);
    return replica;
  };
  const stop = async () => {
    await Promise.all(replicas.map((replica) => replica.stop(1_000)));
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };

  try {
    const replica = await start();
    const { url, services, context } = replica;
    const makeUser: TestControlPlane['makeUser'] = (name, options) => makeTestUser(url, context, { name, ...options });
    const [admin, other] =
      users === false ? [] : await Promise.all([makeUser('Ada', { platformAdmin: true }), makeUser('Grace')]);
    const present = (user: TestUser | undefined): TestUser => {
      if (!user) throw new Error('This control plane was started without users.');
      return user;
    };
    return {
      url,
      databaseUrl: database.url,
      dataDir,
      replica,
      services,
      context,
      anonymous: clientsOf(url),
      get admin() {
        return present(admin);
      },
      get other() {
        return present(other);
      },
      makeUser,
      startReplica: start,
      log: lines,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
