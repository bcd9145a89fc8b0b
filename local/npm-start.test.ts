import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { onTerminal, type OnTerminal } from '../tests/processes/pty.ts';
import { createTestDatabase } from '../tests/setup/database.ts';
import { clientsFor, completeSetup, firstAdmin, type Clients } from '../tests/support/clients.ts';
import { shell } from '../tests/support/run.ts';
import { freePort } from '../tests/support/free-port.ts';
import { removeSandboxes } from './agent/remove-sandboxes.ts';
import { openDataDir } from './data-dir/open.ts';
import { root } from './root.ts';
import { readSettings } from './settings.ts';
import { startMuster, type StartedMuster } from './testing/muster.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-npm-start-'));
const dataDir = join(directory, 'closed', 'data');
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
// Without networks: a test must not change that of the machine it runs on.
const settings = { MUSTER_DATA_DIR: dataDir, MUSTER_LISTEN: `127.0.0.1:${port}`, MUSTER_DEFAULT_NETWORK: 'none' };

let muster: StartedMuster;
let token: string;
let sandboxId: string;

const clients = (): Clients => clientsFor(url, { authorization: `Bearer ${token}` });

async function start(...args: string[]): Promise<void> {
  muster = startMuster(settings, ...args);
  await muster.ready();
}

async function stop(): Promise<void> {
  muster.signal('SIGINT');
  expect(await muster.ended).toBe(0);
}

/** Processes of ours that work in the data directory. */
const ourProcesses = () =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(dataDir) && !line.startsWith('ps '));

beforeAll(async () => {
  mkdirSync(join(directory, 'closed'), { mode: 0o700 });
  await start();
}, 600_000);

afterAll(async () => {
  if (muster) {
    muster.signal('SIGINT');
    await muster.ended;
  }
  await vi.waitFor(() => expect(ourProcesses()).toEqual([]), { timeout: 60_000 });
  // Only where a test has failed is something left of them.
  const held = await openDataDir(dataDir);
  await removeSandboxes(readSettings(root, { ...process.env, ...settings }), held);
  await held.close();
  rmSync(directory, { recursive: true, force: true });
});

test(
  'the first start says where the console is and makes the first admin by a link',
  { timeout: 180_000 },
  async () => {
    const [link, setupToken] = /http:\S+\/setup#(mst_set_\w+)/.exec(muster.output()) ?? [];
    expect(link).toContain(url);
    expect(muster.output()).toContain(`npx muster sandboxes create --server ${url}`);
    ({ token } = await completeSetup(url, setupToken!, firstAdmin));
    const { sandbox } = await clients().sandboxes.createSandbox({ limits: { memoryMib: 64, diskMib: 64 } });
    sandboxId = sandbox!.id;
    await shell(clients(), sandboxId, 'setsid sleep 1000 < /dev/null > /dev/null 2>&1 & echo $! > /pid');
  },
);

test('this clone is the first repository, and the agent of this machine reports its commit', async () => {
  const { summary } = await clients().fleet.getFleet({});
  expect(summary!.repositories.map(({ name }) => name)).toEqual(['muster']);
  await vi.waitFor(async () => {
    const { hosts } = await clients().fleet.getFleet({});
    expect(hosts[0]?.components.map(({ component, repository }) => [component, repository])).toEqual([
      ['muster-agent', 'muster'],
    ]);
  }, 60_000);
});

test('a second one on the same data is refused in one sentence', async () => {
  const second = startMuster({ ...settings, MUSTER_LISTEN: `127.0.0.1:${await freePort()}` });
  expect(await second.ended).toBe(1);
  expect(second.output()).toMatch(/^Another Muster \(process \d+\) runs on \S+\. Stop it .*\.\n$/);
});

test('a port in use is refused before anything is started on it', { timeout: 180_000 }, async () => {
  const second = startMuster({ ...settings, MUSTER_DATA_DIR: join(directory, 'second') });
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(
    `127.0.0.1:${port} is in use by another program. Stop what uses it, or set MUSTER_LISTEN`,
  );
});

test('a database that cannot be reached is said in one sentence', { timeout: 180_000 }, async () => {
  const second = startMuster({
    MUSTER_DATA_DIR: join(directory, 'third'),
    MUSTER_LISTEN: `127.0.0.1:${await freePort()}`,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
  });
  expect(await second.ended).toBe(1);
  expect(second.output().trim().split('\n').at(-1)).toMatch(/^The database of DATABASE_URL cannot be reached/);
});

/** The process number of one of its children. */
function childOf(wanted: RegExp): number {
  const children = execFileSync('ps', ['--ppid', String(muster.pid), '-o', 'pid=,args='], { encoding: 'utf8' });
  const line = children.split('\n').find((each) => wanted.test(each));
  return Number(/\d+/.exec(line ?? '')?.[0]);
}

test('whatever of it is ended from outside is started again', { timeout: 300_000 }, async () => {
  process.kill(childOf(/control-plane\/main\.ts$/), 'SIGKILL');
  process.kill(childOf(/bin\/postgres /), 'SIGKILL');
  // It ends with exit code 0, as one does that was asked to.
  process.kill(childOf(/host-agent\/main\.ts run /), 'SIGTERM');
  for (const sentence of ['The control plane was started', 'PostgreSQL runs', "The host's agent was started"])
    await vi.waitFor(() => expect(muster.output()).toContain(`${sentence} again`), { timeout: 120_000 });
  expect(muster.output()).not.toContain('was deleted');
  await vi.waitFor(async () => expect((await shell(clients(), sandboxId, 'echo on')).stdout).toBe('on\n'), {
    timeout: 120_000,
  });
});

test(
  'Ctrl-C, twice even, pauses the sandboxes; the next start goes on with the same processes',
  { timeout: 300_000 },
  async () => {
    muster.signal('SIGINT');
    muster.signal('SIGINT');
    expect(await muster.ended).toBe(0);
    expect(muster.output()).toContain('Paused 1 sandbox; everything is stopped.');
    expect(ourProcesses()).toEqual([]);
    await start();
    expect(muster.output()).not.toContain('/setup#');
    await vi.waitFor(async () => expect(await stillThere()).toBe(true), { timeout: 120_000 });
  },
);

test('killed without warning, everything ends by itself and the next start goes on', { timeout: 300_000 }, async () => {
  muster.signal('SIGKILL');
  await vi.waitFor(() => expect(ourProcesses()).toEqual([]), { timeout: 60_000 });
  await start();
  await vi.waitFor(async () => expect(await stillThere()).toBe(true), { timeout: 120_000 });
});

test('a reset at once after a kill asks, waits for what is left, and begins anew', { timeout: 300_000 }, async () => {
  muster.signal('SIGKILL');
  await muster.ended;
  const yes = resetOnTerminal();
  await yes.sees(`This removes ${dataDir}: database, accounts, sandboxes and their files. Go on? [y/N]`);
  yes.type('y\r');
  await yes.sees('; 1 sandbox removed.');
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(dataDir);
  await yes.sees('/setup#');
  await yes.sees('Ctrl-C pauses the sandboxes');
  yes.type('\x03');
  await yes.sees('verything is stopped.');
  expect(await yes.ended).toBe(0);
});

test('a reset that nobody agrees to removes nothing', { timeout: 180_000 }, async () => {
  for (const answer of ['n', '']) {
    const no = resetOnTerminal();
    await no.sees('Go on? [y/N]');
    no.type(`${answer}\r`);
    await no.sees('Nothing was removed.');
    expect(await no.ended).toBe(0);
  }
  const unasked = startMuster(settings, '--reset');
  expect(await unasked.ended).toBe(1);
  expect(unasked.output()).toContain('Add --yes.');
  expect(existsSync(join(dataDir, 'postgres', 'data'))).toBe(true);
});

test(
  'with a database of its own and no runtime, it starts no PostgreSQL, and says why there are no sandboxes',
  { timeout: 180_000 },
  async () => {
    const database = await createTestDatabase();
    const other = { ...settings, MUSTER_DATA_DIR: join(directory, 'with-database'), DATABASE_URL: database.url };
    muster = startMuster({ ...other, MUSTER_AGENT_RUNTIME: '/no/such' });
    await muster.ready();
    expect(muster.output()).toContain(`the one of DATABASE_URL (${new URL(database.url).host})`);
    expect(muster.output()).toMatch(/! Host +\S+ is online, no sandbox runtime: .*\/no\/such/);
    const [, setupToken] = /\/setup#(mst_set_\w+)/.exec(muster.output()) ?? [];
    ({ token } = await completeSetup(url, setupToken!, firstAdmin));
    const { hosts } = await clients().hosts.listHosts({});
    expect(hosts[0]!.specs!.runtimeProblem).toContain('/no/such');
    expect(existsSync(join(other.MUSTER_DATA_DIR, 'postgres'))).toBe(false);
    const reset = startMuster({ ...other, MUSTER_DATA_DIR: join(directory, 'fourth') }, '--reset', '--yes');
    expect(await reset.ended).toBe(1);
    expect(reset.output()).toContain('--reset does not touch the database that DATABASE_URL names.');
    await stop();
    await database.drop();
  },
);

/** A reset at a terminal. */
function resetOnTerminal(): OnTerminal {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  return onTerminal(
    `${process.execPath} ${join(root, 'local', 'main.ts')} --reset`,
    { PATH, NODE_COMPILE_CACHE, DATABASE_URL: '', ...settings },
    { cols: 250, rows: 50 },
  );
}

/** Whether the process that was started first still runs. */
async function stillThere(): Promise<boolean> {
  return (await shell(clients(), sandboxId, 'kill -0 $(cat /pid)')).code === 0;
}
