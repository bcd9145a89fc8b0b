import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { ensureDatabase, startPostgres, type RunningPostgres } from '../../local/postgres/index.ts';
import { simulatedNetwork, startSimulatedHost, type SimulatedHost } from '../../simulator/index.ts';
import { clientsFor, type Clients } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { startReplicas, type ReplicaProcess } from '../support/replicas.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** A whole installation that may be broken: PostgreSQL, replicas as processes, simulated hosts, and a proxy in front of all. */
export interface Installation {
  readonly sql: postgres.Sql;
  readonly replicas: readonly ReplicaProcess[];
  readonly hosts: readonly SimulatedHost[];
  /** In front of the replicas, as a load balancer: clients and agents come by it. */
  readonly door: TcpProxy;
  /** The first admin's, by the door. */
  readonly clients: Clients;
  /** Ends a replica as it is told to, and starts another one in its place. */
  replaceReplica(index: number, signal: NodeJS.Signals): Promise<void>;
  /** Stops PostgreSQL while everything uses it, and starts it again. */
  restartDatabase(): Promise<void>;
  stop(): Promise<void>;
}

/** Quick: what takes minutes in production takes seconds here. */
const quick = {
  MUSTER_HEARTBEAT_INTERVAL: '500ms',
  MUSTER_UNREACHABLE_AFTER: '3s',
  MUSTER_STARTUP_GRACE: '1s',
  MUSTER_SWEEP_INTERVAL: '200ms',
};

export async function startInstallation(counts: { replicas: number; hosts: number }): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-test-faults-'));
  const ending: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of ending.toReversed()) await end();
  };
  try {
    const postgresOptions = { directory: join(directory, 'postgres'), durable: false };
    let server: RunningPostgres = await startPostgres(postgresOptions);
    ending.push(() => server.stop());
    await ensureDatabase(server, 'muster');
    const databaseUrl = server.url('muster');
    const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} });
    ending.push(() => sql.end());
    const processes = await startReplicas(databaseUrl, quick);
    ending.push(() => processes.stop());
    const { first, token } = processes;
    const replicas = [first];
    while (replicas.length < counts.replicas) replicas.push(await processes.start());
    const door = await startTcpProxy(...replicas.map(({ url }) => url));
    ending.push(() => door.stop());
    const clients = clientsFor(door.url, { authorization: `Bearer ${token}` });
    const network = simulatedNetwork();
    const hosts: SimulatedHost[] = [];
    ending.push(async () => {
      await Promise.all(hosts.map((host) => host.stop()));
      network.close();
    });
    for (let number = 1; number <= counts.hosts; number += 1) {
      const { joinToken } = await clients.hosts.createHost({ name: `host-${number}` });
      const fingerprint = /--fingerprint (\S+)/.exec(joinToken!.joinCommand)![1]!;
      const serverUrl = door.url;
      hosts.push(await startSimulatedHost({ serverUrl, joinToken: joinToken!.token, fingerprint, network }));
    }
    await eventually('every host is connected', () => hosts.every((host) => host.connected));
    return {
      sql,
      replicas,
      hosts,
      door,
      clients,
      stop,
      async replaceReplica(index, signal) {
        const before = replicas[index]!;
        before.signal(signal);
        await before.ended;
        replicas[index] = await processes.start(Number(new URL(before.url).port));
      },
      async restartDatabase() {
        await server.stop();
        server = await startPostgres({ ...postgresOptions, port: server.port });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
