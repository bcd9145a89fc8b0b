import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { canAlias, identityFor, spawnAs, unprivilegedUid } from './identity.ts';
import { PostgresError } from './problem.ts';

/** Where things stand in a directory of ours. */
export const clusterPaths = (directory: string) => ({
  data: join(directory, 'data'),
  unfinished: join(directory, 'data.new'),
  password: join(directory, 'password'),
  port: join(directory, 'port'),
  log: join(directory, 'postgres.log'),
});

/** The only user of the embedded server. */
export const clusterUser = 'muster';

/** The major version that the programs here write. */
const majorVersion = '18';

/** Makes the data directory, if there is none yet. Begun but unfinished ones are made anew. Answers the password. */
export async function prepareCluster(directory: string, durable: boolean): Promise<string> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const paths = clusterPaths(directory);
  if (existsSync(paths.data)) {
    requireUsable(directory);
    return readFileSync(paths.password, 'utf8').trim();
  }
  const password = randomBytes(32).toString('base64url');
  writeFileSync(paths.password, `${password}\n`, { mode: 0o600 });
  rmSync(paths.unfinished, { recursive: true, force: true });
  mkdirSync(paths.unfinished, { mode: 0o700 });
  giveAway(paths);
  await initialise(directory, durable);
  renameSync(paths.unfinished, paths.data);
  return password;
}

function requireUsable(directory: string): void {
  const paths = clusterPaths(directory);
  const found = existsSync(join(paths.data, 'PG_VERSION'))
    ? readFileSync(join(paths.data, 'PG_VERSION'), 'utf8').trim()
    : undefined;
  if (found === undefined || !existsSync(paths.password)) {
    throw new PostgresError(
      `${paths.data} exists but holds no complete PostgreSQL data. Move it away, or choose another MUSTER_DATA_DIR.`,
    );
  }
  if (found !== majorVersion) {
    throw new PostgresError(
      `${paths.data} was written by PostgreSQL ${found}, this Muster brings ${majorVersion}. Dump it with the Muster that wrote it and restore it here, or set DATABASE_URL.`,
    );
  }
  const { uid } = statSync(paths.data);
  const me = process.geteuid?.() ?? uid;
  if (me !== 0 && me !== uid) {
    throw new PostgresError(
      `${paths.data} belongs to user ${uid}, and you are user ${me}. Start Muster as its owner or as root, or choose another MUSTER_DATA_DIR.`,
    );
  }
}

/** Where root may not make user namespaces, the data belongs to an unprivileged user from the start. */
function giveAway({ unfinished }: ReturnType<typeof clusterPaths>): void {
  if (process.geteuid?.() !== 0 || canAlias()) return;
  const uid = unprivilegedUid();
  chownSync(unfinished, uid, uid);
}

async function initialise(directory: string, durable: boolean): Promise<void> {
  const paths = clusterPaths(directory);
  const { initdb } = findBinaries();
  // prettier-ignore
  const command = [
    initdb, '--pgdata', paths.unfinished, '--username', clusterUser, '--pwfile', paths.password,
    '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', ...(durable ? [] : ['--no-sync']),
  ];
  const log = openSync(paths.log, 'w', 0o600);
  try {
    const child = await spawnAs(identityFor(paths.unfinished), command, log);
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    if (code === 0) return;
  } finally {
    closeSync(log);
  }
  throw new PostgresError(
    `PostgreSQL could not make its data directory in ${paths.unfinished}: ${lastWords(paths.log)}. Free what it asks for, choose another MUSTER_DATA_DIR, or set DATABASE_URL.`,
  );
}

/** The last lines of a log, on one line. */
export function lastWords(path: string): string {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.slice(-3).join(' · ').replace(/\.$/, '');
}
