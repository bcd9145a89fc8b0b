import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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

test('a control plane that is killed is started again', { timeout: 180_000 }, async () => {
  const children = execFileSync('ps', ['--ppid', String(muster.pid), '-o', 'pid=,args='], { encoding: 'utf8' });
  const [, pid] = /^ *(\d+) .*control-plane\/main\.ts$/m.exec(children) ?? [];
  process.kill(Number(pid), 'SIGKILL');
  await vi.waitFor(() => expect(muster.output()).toContain('The control plane was started again.'), {
    timeout: 60_000,
  });
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

test('a reset asks, and then begins anew', { timeout: 300_000 }, async () => {
  await stop();
  const unasked = startMuster(settings, '--reset');
  expect(await unasked.ended).toBe(1);
  expect(unasked.output()).toContain('Add --yes.');
  await start('--reset', '--yes');
  expect(muster.output()).toContain('; 1 sandbox removed.');
  expect(muster.output()).toContain('/setup#');
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(dataDir);
});

/** Whether the process that was started first still runs. */
async function stillThere(): Promise<boolean> {
  return (await shell(clients(), sandboxId, 'kill -0 $(cat /pid)')).code === 0;
}
