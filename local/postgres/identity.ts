import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PostgresError } from './problem.ts';

/**
 * PostgreSQL refuses to run as root. Who runs it instead:
 * - `self`: we are not root.
 * - `alias`: we are root and so is the data: root under another number, in a user namespace that maps everybody else
 *   to themselves. The files stay root's, and directories that only root may enter can be entered.
 * - `owner`: we are root, the data belongs to somebody else, who runs it. Where we have given it away ourselves, because
 *   no user namespace can be made here, they may also enter directories that only root may enter.
 */
export type Identity =
  | { readonly kind: 'self' }
  | { readonly kind: 'alias'; readonly uid: number }
  | { readonly kind: 'owner'; readonly uid: number; readonly gid: number; readonly mayEnter: boolean };

/** Whoever owns the data directory runs the server; root's data is run under root's alias. */
export function identityFor(data: string): Identity {
  if (process.geteuid?.() !== 0) return { kind: 'self' };
  const { uid, gid } = statSync(data);
  if (uid === 0) return { kind: 'alias', uid: unprivilegedUid() };
  return { kind: 'owner', uid, gid, mayEnter: uid === unprivilegedUid() && statSync(dirname(data)).uid === 0 };
}

/** Whether this machine lets root make user namespaces. Containers often do not. */
export function canAlias(): boolean {
  return spawnSync('unshare', ['--user', 'true'], { stdio: 'ignore' }).status === 0;
}

/** Starts a program under an identity. The server ends (fast shutdown) when this process is killed. */
export async function spawnAs(identity: Identity, command: readonly string[], output: number): Promise<ChildProcess> {
  if (identity.kind === 'alias') return spawnAliased(identity.uid, command, output);
  const stdio: StdioOptions = ['ignore', output, output];
  // A group of its own: Ctrl-C in the terminal must not reach it before the control plane is down.
  const options = { stdio, detached: true, cwd: '/', env: quietEnvironment() };
  return spawned(spawn('setpriv', [...become(identity), '--pdeathsig', 'INT', ...command], options));
}

/** The one right of root's that is kept where its directories must be entered. */
const onlyEnter = ['--inh-caps', '-all,+dac_override', '--ambient-caps', '-all,+dac_override'];

function become(identity: Exclude<Identity, { kind: 'alias' }>): string[] {
  if (identity.kind === 'self') return [];
  const ids = ['--reuid', `${identity.uid}`, '--regid', `${identity.gid}`, '--clear-groups'];
  return identity.mayEnter ? [...ids, ...onlyEnter] : ids;
}

async function spawnAliased(uid: number, command: readonly string[], output: number): Promise<ChildProcess> {
  // The shell says on descriptor 3 that it stands in the new namespace, and waits on 0 until its numbers are mapped:
  // it looks at its own uid when it starts, so the map must come after that.
  const script = 'echo >&3; exec 3>&-; read -r mapped; exec 0</dev/null; exec "$@"';
  const child = spawn(
    'unshare',
    // prettier-ignore
    [
      '--user', '--keep-caps', 'sh', '-c', script, 'sh',
      'setpriv', ...onlyEnter, '--pdeathsig', 'INT', ...command,
    ],
    { stdio: ['pipe', output, output, 'pipe'], detached: true, cwd: '/', env: quietEnvironment() },
  );
  await spawned(child);
  const ready = child.stdio[3]!;
  await new Promise((resolve) => ready.once('data', resolve).once('close', resolve));
  ready.destroy();
  if (child.exitCode === null && child.pid !== undefined) {
    writeFileSync(`/proc/${child.pid}/uid_map`, aliasMap(readFileSync('/proc/self/uid_map', 'utf8'), uid));
    writeFileSync(`/proc/${child.pid}/gid_map`, aliasMap(readFileSync('/proc/self/gid_map', 'utf8'), uid));
    child.stdin!.end('mapped\n');
  }
  return child;
}

/**
 * The map of a namespace in which 0 is called `alias` and everybody else what they are called here.
 * `own` is the map of the namespace that we are in (first column: the ids that exist here).
 */
export function aliasMap(own: string, alias: number): string {
  const lines = [`${alias} 0 1`];
  for (const line of own.trim().split('\n')) {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    const end = first + count;
    for (const [from, to] of [
      [Math.max(first, 1), Math.min(end, alias)],
      [Math.max(first, alias + 1), end],
    ] as const) {
      if (from < to) lines.push(`${from} ${from} ${to - from}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A number that has a name: initdb looks up who it is. */
export function unprivilegedUid(): number {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid]) => ({ name, uid: Number(uid) }))
    .filter(({ uid }) => uid > 0);
  const found = users.find(({ name }) => name === 'nobody') ?? users[0];
  if (!found)
    throw new PostgresError(
      'PostgreSQL must not run as root, and /etc/passwd names no other user. Add one (useradd muster), or set DATABASE_URL.',
    );
  return found.uid;
}

/** PG* variables of the user's shell would change what the server does. */
function quietEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' };
}

function spawned(child: ChildProcess): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child));
    child.once('error', (cause) =>
      reject(
        new PostgresError(
          'The programs setpriv and unshare are missing: install the package util-linux, or set DATABASE_URL.',
          { cause },
        ),
      ),
    );
  });
}
