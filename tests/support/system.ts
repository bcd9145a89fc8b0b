import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { clientsByCookie, completeSetup, firstAdmin, type Clients, type SignedIn } from './clients.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { startNode, type RunningProcess } from './process.ts';

/** A control plane and agents as real processes, on a database of its own. */
export interface System {
  readonly url: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The one-time link of the first admin. */
  readonly setupLink: string;
  /** The first admin, once there is one. */
  readonly admin: Clients;
  readonly adminToken: string;
  /** Takes the session of an admin who was made in the browser. */
  adopt(cookie: string): Promise<void>;
  readonly controlPlane: { process: RunningProcess };
  /** Registers a host and runs an agent for it; answers when it is online and connected. */
  addHost(name: string, environment?: Readonly<Record<string, string>>): Promise<TestHost>;
  /** Starts the control plane anew, on the same port and data. */
  restartControlPlane(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestHost {
  readonly id: string;
  readonly name: string;
  readonly dataDir: string;
  agent: RunningProcess;
  /** Starts the agent again on the same data. */
  start(): void;
}

/** Starts a control plane with the first admin made. Silence is short, so that tests see it. */
export async function startSystem(
  environment: Readonly<Record<string, string>> = {},
  { setUp = true } = {},
): Promise<System> {
  const directory = mkdtempSync(join(tmpdir(), 'muster-system-'));
  const database = await createTestDatabase();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    DATABASE_URL: database.url,
    MUSTER_DATA_DIR: join(directory, 'control-plane'),
    MUSTER_LISTEN: `127.0.0.1:${port}`,
    MUSTER_REPOSITORY_ROOTS: directory,
    MUSTER_HEARTBEAT_INTERVAL: '1s',
    MUSTER_UNREACHABLE_AFTER: '4s',
    MUSTER_STARTUP_GRACE: '1s',
    MUSTER_SWEEP_INTERVAL: '500ms',
    // Tests ask again and again until something is true.
    MUSTER_CALLS_PER_MINUTE: '100000',
    ...environment,
  };
  const startControlPlane = async () => {
    const running = startNode('control plane', 'control-plane/main.ts', [], { environment: settings });
    await eventually('the control plane is ready', () => isReady(url, running));
    return running;
  };
  const controlPlane = { process: await startControlPlane() };
  const setupLink = await eventually(
    'the setup link is printed',
    () => /(http\S+\/setup#mst_\w+)\s/.exec(controlPlane.process.output())?.[1],
  );
  let signedIn: SignedIn | undefined;
  const admin = (): SignedIn => {
    if (!signedIn) throw new Error('There is no admin yet.');
    return signedIn;
  };
  if (setUp) {
    signedIn = await completeSetup(url, setupLink.split('#')[1]!, firstAdmin).catch(async (error: unknown) => {
      await controlPlane.process.stop();
      throw error;
    });
  }
  const hosts: TestHost[] = [];

  return {
    url,
    directory,
    environment: settings,
    setupLink,
    get admin() {
      return admin().clients;
    },
    get adminToken() {
      return admin().token;
    },
    async adopt(cookie) {
      signedIn = await clientsByCookie(url, cookie);
    },
    controlPlane,
    async addHost(name, agentEnvironment = {}) {
      const { clients } = admin();
      const { host, joinToken } = await clients.hosts.createHost({ name });
      const dataDir = join(directory, name);
      const fingerprint = /--fingerprint (\S+)/.exec(joinToken!.joinCommand)![1]!;
      const join_ = [
        'join',
        '--server',
        url,
        '--fingerprint',
        fingerprint,
        '--token',
        joinToken!.token,
        '--data-dir',
        dataDir,
      ];
      const start = (args: string[]) =>
        startNode(`agent ${name}`, 'host-agent/main.ts', args, { environment: agentEnvironment });
      const added: TestHost = {
        id: host!.id,
        name,
        dataDir,
        agent: start(join_),
        start: () => void (added.agent = start(['run', '--data-dir', dataDir])),
      };
      hosts.push(added);
      await eventually(`${name} is online: ${added.agent.output()}`, () => isReadyHost(clients, added.id), 300_000);
      return added;
    },
    async restartControlPlane() {
      await controlPlane.process.stop();
      controlPlane.process = await startControlPlane();
    },
    async stop() {
      if (signedIn) await destroyAll(signedIn.clients, database).catch(() => {});
      await Promise.all(hosts.map((host) => host.agent.stop()));
      await controlPlane.process.stop();
      await database.drop();
      rmSync(directory, { recursive: true });
    },
  };
}

async function isReady(url: string, running: RunningProcess): Promise<boolean> {
  const ended = await Promise.race([running.ended, Promise.resolve(undefined)]);
  if (ended !== undefined) throw new Error(`the control plane ended with ${ended}: ${running.output()}`);
  return (await fetch(`${url}/readyz`)).ok;
}

async function isReadyHost(clients: Clients, hostId: string): Promise<boolean> {
  const { host } = await clients.hosts.getHost({ hostId });
  return host!.status === HostStatus.ONLINE && host!.connected && (host!.specs?.templates.includes('base') ?? false);
}

/** Ends what has been created, by whichever team: those of others are given to the admin's, so that they are its to end. */
async function destroyAll(clients: Clients, database: TestDatabase): Promise<void> {
  const { teams } = await clients.teams.listTeams({});
  await database.run(
    (sql) =>
      sql`update sandboxes set team_id = ${teams[0]!.id} where wanted <> 'destroyed' and team_id <> ${teams[0]!.id}`,
  );
  const { sandboxes } = await clients.sandboxes.listSandboxes({ pageSize: 1000 });
  await Promise.all(sandboxes.map(({ id }) => clients.sandboxes.destroySandbox({ sandboxId: id })));
}
