import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { keepSmall } from '../processes/log-file.ts';
import { findBinaries } from './binaries.ts';
import { clusterPaths, clusterUser, lastWords, prepareCluster } from './cluster.ts';
import { identityFor, spawnAs } from './identity.ts';
import { PostgresError } from './problem.ts';
import { processesOn, readPidFile, removeStalePidFile } from './remains.ts';

/** How the embedded PostgreSQL is run. */
export interface PostgresOptions {
  /** Its directory: data, password and log stand in it. Made if it is not there. */
  readonly directory: string;
  /** False for tests: nothing is flushed to the disk, and a crash of the machine loses the data. */
  readonly durable: boolean;
  /** A fixed port on 127.0.0.1; by default the one of the last start where it is still free, else any. */
  readonly port?: number;
}

/** A running PostgreSQL. */
export interface RunningPostgres {
  readonly pid: number;
  readonly port: number;
  /** The address of one of its databases, with the password. */
  url(database: string): string;
  /** The same through its local socket, which is reached in half the time; for who reads `host` as libpq does. */
  localUrl(database: string): string;
  /** Resolves when the server has ended, wanted or not. */
  readonly ended: Promise<void>;
  /** Ends all connections and stops cleanly. */
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
/** A server whose parent was killed shuts down by itself; this is how long we wait for that. */
const orphanTimeoutMs = 10_000;

/**
 * In the abstract namespace of Linux, where a name has no directory that would have to be short and open to the server's
 * user. The port makes it one of its own. Whoever connects needs the password here, too.
 */
const socketDirectory = '@muster';

/** Begun anew, and appended to: so it can be emptied while the server writes. */
const freshLog = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_APPEND;

/** Starts the embedded PostgreSQL on its directory, which it makes at first. Throws a `PostgresError`. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const paths = clusterPaths(options.directory);
  const password = await prepareCluster(options.directory, options.durable);
  await requireUnused(paths.data);
  removeStalePidFile(paths.data);
  const port = options.port ?? (await freePort(paths.port));
  const log = openSync(paths.log, freshLog, 0o600);
  try {
    const command = [findBinaries().postgres, '-D', paths.data, ...settings(port, options.durable)];
    const child = await spawnAs(identityFor(paths.data), command, log);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const stopLooking = keepSmall(paths.log);
    void ended.then(stopLooking);
    await untilReady(child, paths);
    writeFileSync(paths.port, `${port}\n`);
    return {
      pid: child.pid!,
      port,
      url: (database) => urlOf(password, port, database),
      localUrl: (database) => `${urlOf(password, port, database)}?host=${encodeURIComponent(socketDirectory)}`,
      ended,
      stop: () => stop(child, ended),
    };
  } finally {
    closeSync(log);
  }
}

const urlOf = (password: string, port: number, database: string): string =>
  `postgres://${clusterUser}:${password}@127.0.0.1:${port}/${database}`;

/** Makes a database unless it is there. */
export async function ensureDatabase(server: RunningPostgres, name: string): Promise<void> {
  const sql = postgres(server.url('postgres'), { max: 1 });
  try {
    const found = await sql`select 1 from pg_database where datname = ${name}`;
    if (found.length === 0) await sql`create database ${sql(name)}`;
  } finally {
    await sql.end();
  }
}

async function requireUnused(data: string): Promise<void> {
  const deadline = Date.now() + orphanTimeoutMs;
  let pids = processesOn(data);
  while (pids.length > 0) {
    if (Date.now() > deadline) {
      throw new PostgresError(
        `A PostgreSQL (process ${Math.min(...pids)}) already runs on ${data}. Stop the Muster that it belongs to, or choose another MUSTER_DATA_DIR.`,
      );
    }
    await delay(50);
    pids = processesOn(data);
  }
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: socketDirectory,
    max_connections: 300,
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    // Our own short statements, many of them: a slow one is worth a line.
    log_min_duration_statement: durable ? 1000 : -1,
    log_checkpoints: 'off',
    ...(durable
      ? {}
      : {
          fsync: 'off',
          synchronous_commit: 'off',
          full_page_writes: 'off',
          wal_level: 'minimal',
          max_wal_senders: 0,
          // It may stand in memory.
          max_wal_size: '128MB',
        }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function untilReady(child: ChildProcess, paths: { data: string; log: string }): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new PostgresError(
        `PostgreSQL ended while starting: ${lastWords(paths.log)}. Its whole log is ${paths.log}.`,
      );
    }
    const file = readPidFile(paths.data);
    if (file?.ready && file.pid === child.pid) return;
    if (Date.now() > deadline) {
      child.kill('SIGINT');
      throw new PostgresError(
        `PostgreSQL was not ready after ${startTimeoutMs / 1000} seconds. Its log is ${paths.log}.`,
      );
    }
    await delay(10);
  }
}

/** SIGINT is PostgreSQL's fast shutdown: transactions are rolled back, everything is written. */
async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
  await ended;
}

async function freePort(remembered: string): Promise<number> {
  const last = existsSync(remembered) ? Number(readFileSync(remembered, 'utf8')) : 0;
  return (last > 0 && (await tryPort(last))) || (await tryPort(0)) || last;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** The address of a database of the server that runs on a directory; undefined where none runs. */
export function runningUrl(directory: string, database: string): string | undefined {
  const paths = clusterPaths(directory);
  if (!existsSync(paths.data) || processesOn(paths.data).length === 0) return undefined;
  const [password, port] = [paths.password, paths.port].map((path) => readFileSync(path, 'utf8').trim());
  return urlOf(password!, Number(port), database);
}
