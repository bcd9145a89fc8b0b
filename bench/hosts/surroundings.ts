import { mkdtemp, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openPool, type Pool } from '../../control-plane/database/index.ts';
import { ensureDatabase, startPostgres } from '../../local/postgres/index.ts';
import { eventually } from '../../tests/support/eventually.ts';
import { startNode, type RunningProcess } from '../../tests/support/process.ts';
import { startReplicas, type ReplicaProcess, type Replicas } from '../../tests/support/replicas.ts';

/** A PostgreSQL that counts statements, replicas as processes, and simulated hosts in processes of their own. */
export interface Surroundings {
  readonly sql: Pool;
  readonly replicas: Replicas;
  readonly first: ReplicaProcess;
  /** Joins so many hosts at a replica, from one process; resolves when all have joined. */
  addHosts(prefix: string, count: number, serverUrl: string): Promise<void>;
  close(): Promise<void>;
}

const joinLimitMs = 1_800_000;
/** So many machines have processors of their own: here they may not take from what is measured. */
const crowd = 500;
/** What is measured is not how we are slowed down. */
const unlimited =
  'mint.address=100000000/1h,mint.account=100000000/1h,join.address=100000000/1m,join.account=100000000/1m';

export async function openSurroundings(): Promise<Surroundings> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-hosts-'));
  const options = { directory: join(directory, 'postgres'), durable: true };
  const ending: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async () => {
    for (const end of ending.toReversed()) await end();
  };
  try {
    await countStatements(options);
    const server = await startPostgres(options);
    ending.push(() => server.stop());
    await ensureDatabase(server, 'muster');
    const sql = openPool(server.url('muster'), pino({ level: 'silent' }), { max: 4 });
    ending.push(() => sql.end());
    await sql`create extension pg_stat_statements`;
    const replicas = await startReplicas(server.localUrl('muster'), { MUSTER_LIMITS: unlimited });
    ending.push(() => replicas.stop());
    const crowds: RunningProcess[] = [];
    ending.push(() => Promise.all(crowds.map((crowd) => crowd.stop())));
    const addHosts = async (prefix: string, count: number, serverUrl: string) => {
      const asked = {
        hosts: count,
        sandboxes: 0,
        faults: [],
        listFaults: false,
        faultEveryMs: 1,
        seed: 1,
        prefix,
        keep: true,
      };
      const environment = { MUSTER_SERVER: serverUrl, MUSTER_TOKEN: replicas.token };
      const machines = startNode(prefix, 'simulator/main.ts', [JSON.stringify(asked)], { environment });
      crowds.push(machines);
      if (count >= crowd) setPriority(machines.pid, constants.priority.PRIORITY_LOW);
      let over = false;
      void machines.ended.then(() => (over = true));
      await eventually(
        `${count} hosts have joined`,
        () => over || machines.output().includes('hosts have joined'),
        joinLimitMs,
      );
      if (over) throw new Error(`The simulated hosts have ended:\n${machines.output()}`);
    };
    return { sql, replicas, first: replicas.first, addHosts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The setting takes a start. */
async function countStatements(options: Parameters<typeof startPostgres>[0]): Promise<void> {
  const server = await startPostgres(options);
  const sql = openPool(server.url('postgres'), pino({ level: 'silent' }), { max: 1 });
  await sql`alter system set shared_preload_libraries = 'pg_stat_statements'`;
  await sql.end();
  await server.stop();
}
