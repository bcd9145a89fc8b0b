import type { Interceptor } from '@connectrpc/connect';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { clientsFor, type Clients } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { startReplicas } from '../support/replicas.ts';
import { Agent } from './agent.ts';
import { clockEnvironment, ClockFile } from './clock.ts';
import { Database } from './database.ts';
import { startDoor, type Door } from './door.ts';
import { Replica } from './replica.ts';

/** A whole installation of real processes that may be broken: PostgreSQL, replicas, agents, and doors in front of all. */
export interface Installation {
  readonly database: Database;
  readonly replicas: readonly Replica[];
  readonly agents: readonly Agent[];
  /** Where callers come in; each agent has its own. */
  readonly door: Door;
  /** Clients of the first admin, by the door. */
  callers(interceptors?: Interceptor[]): Clients;
  /** The same, past everything that is broken. */
  readonly direct: Clients;
  /** Waits until every host is online and connected. */
  allConnected(): Promise<unknown>;
  stop(): Promise<void>;
}

/** Quick: what takes minutes in production takes seconds here. */
const quick = {
  MUSTER_HEARTBEAT_INTERVAL: '500ms',
  MUSTER_UNREACHABLE_AFTER: '3s',
  MUSTER_STARTUP_GRACE: '1s',
  MUSTER_SWEEP_INTERVAL: '200ms',
};

/** Whatever happens, a call is answered in this time, or its connection ends. */
const defaultTimeoutMs = 60_000;

/** Starts two replicas and so many agents. What is left to chance goes by the dice. */
export async function startInstallation(agentCount: number, random: () => number): Promise<Installation> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-test-faults-'));
  const ending: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of ending.toReversed()) await end();
  };
  try {
    const database = await Database.open(join(directory, 'postgres'), random);
    ending.push(() => database.close());
    const clocks = [1, 2].map((number) => new ClockFile(join(directory, `replica-${number}.clock`)));
    const processes = await startReplicas(database.url, { ...quick, ...clockEnvironment(clocks[0]!) });
    ending.push(() => processes.stop());
    const second = await processes.start(undefined, clockEnvironment(clocks[1]!));
    const replicas = [processes.first, second].map((one, at) => new Replica(processes, one, clocks[at]!));
    const urls = replicas.map(({ url }) => url);
    const openDoor = async () => {
      const door = await startDoor(urls, random);
      ending.push(() => door.stop());
      return door;
    };
    const door = await openDoor();
    const headers = { authorization: `Bearer ${processes.token}` };
    const direct = clientsFor(urls[0]!, headers, { defaultTimeoutMs });
    const agents: Agent[] = [];
    for (let number = 1; number <= agentCount; number += 1) {
      const name = `host-${number}`;
      const { host, joinToken } = await direct.hosts.createHost({ name });
      const fingerprint = /--fingerprint (\S+)/.exec(joinToken!.joinCommand)![1]!;
      const given = { id: host!.id, name, directory, fingerprint, joinToken: joinToken!.token };
      const agent = new Agent({ ...given, door: await openDoor() });
      ending.push(() => agent.stop());
      agents.push(agent);
    }
    const allConnected = () =>
      eventually('every host is online and connected', async () => {
        const { hosts } = await direct.hosts.listHosts({});
        return hosts.every(
          ({ status, connected, specs }) =>
            status === HostStatus.ONLINE && connected && specs?.templates.includes('base') === true,
        );
      });
    await allConnected();
    const callers = (interceptors: Interceptor[] = []) =>
      clientsFor(door.url, headers, { defaultTimeoutMs, interceptors });
    return { database, replicas, agents, door, callers, direct, allConnected, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
