import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, afterEach, expect, test } from 'vitest';
import { tokenPattern } from '#contract/token.ts';
import { createTestDatabase } from '../tests/setup/database.ts';
import { callPlain, eventually } from './testing/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'muster-test-main-'));
const database = await createTestDatabase();
const children: ChildProcess[] = [];
afterEach(() => Promise.all(children.splice(0).map(end)));
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Starts the program as it is started for real, without anything of the test's own environment. */
function start(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    cwd: folder,
    env: {
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      DATABASE_URL: database.url,
      MUSTER_LISTEN: '127.0.0.1:0',
      MUSTER_DATA_DIR: join(folder, 'data'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (piece: Buffer) => (said.out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (said.err += piece.toString()));
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => ({ code, ...said }));
  const serving = async () => {
    const line = await eventually(
      () => said.out.split('\n').find((one) => one.includes('the control plane serves')),
      (found) => expect(found, `said: ${said.err}`).toBeDefined(),
    );
    return (JSON.parse(line!) as { url: string }).url;
  };
  return { child, said, exited, serving };
}

test('starts, prints the link for the first admin once, logs no token, and stops in order', async () => {
  const { child, said, exited, serving } = start();
  const url = await serving();
  await eventually(
    () => said.err,
    (text) => expect(text).toContain('/setup#'),
  );
  const [link] = /http\S+/.exec(said.err)!;
  expect(link.startsWith(`${url}/setup#`)).toBe(true);
  const [setupToken] = link.match(tokenPattern)!;
  const answer = await callPlain(url, 'muster.v1.SetupService/CompleteSetup', {
    setupToken,
    name: 'Ada',
    email: 'ada@example.org',
    password: 'correct horse battery',
  });
  expect(answer.status).toBe(200);
  child.kill('SIGTERM');
  const { code, out } = await exited;
  expect(code).toBe(0);
  expect(out).toContain('the control plane has stopped');
  expect(out).not.toMatch(new RegExp(tokenPattern.source));
  for (const line of out.trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
});

test('a later start finds the same installation, and asks for no setup any more', async () => {
  const { child, said, exited, serving } = start();
  const url = await serving();
  expect((await callPlain(url, 'muster.v1.SetupService/GetSetup')).body['setupRequired']).toBeUndefined();
  child.kill('SIGINT');
  expect((await exited).code).toBe(0);
  expect(said.err).toBe('');
});

test.each([
  [
    'an unreachable database',
    { DATABASE_URL: 'postgres://muster:secret@127.0.0.1:1/muster' },
    /^The database of DATABASE_URL cannot be reached/,
  ],
  ['no database', { DATABASE_URL: '' }, /^DATABASE_URL is not set\.$/],
  [
    'a password that breaks the URL, which is not told',
    { DATABASE_URL: 'postgres://muster:se#cret@127.0.0.1:5432/muster' },
    /^DATABASE_URL must be a URL: in user and password, write @ as %40(?!.*cret)/s,
  ],
  ['a bad address', { MUSTER_LISTEN: 'nonsense' }, /^MUSTER_LISTEN must be an address and a port/],
  ['an address of another machine', { MUSTER_LISTEN: '203.0.113.1:7080' }, /is no address of this machine/],
  ['a bad setting', { MUSTER_HEARTBEAT_INTERVAL: 'soon' }, /^MUSTER_HEARTBEAT_INTERVAL must be a length of time/],
  [
    'another master key',
    { MUSTER_MASTER_KEY: 'ab'.repeat(32) },
    /^The master key in MUSTER_MASTER_KEY does not belong to this database/,
  ],
  ['no master key', { MUSTER_DATA_DIR: '/proc/nowhere' }, /master key is missing/],
])('%s is one sentence and exit 1', async (_what, env, sentence) => {
  const { code, err, out } = await start(env).exited;
  expect([code, out]).toEqual([1, '']);
  expect(err.trim()).toMatch(sentence);
  expect(err.trim().split('\n')).toHaveLength(1);
  expect(err).not.toContain('secret');
});

test('a wrong password for the database is one sentence and exit 1', async () => {
  const url = new URL(database.url);
  url.password = 'wrong';
  const { code, err } = await start({ DATABASE_URL: url.href }).exited;
  expect([code, err.trim().split('\n').length]).toEqual([1, 1]);
  expect(err).toMatch(/^The database of DATABASE_URL refuses the connection/);
});

test('a port that is in use is one sentence and exit 1', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { code, err } = await start({ MUSTER_LISTEN: `127.0.0.1:${port}` }).exited;
  other.close();
  expect(code).toBe(1);
  expect(err).toBe(
    `127.0.0.1:${port} is in use by another program: stop it, or set MUSTER_LISTEN to another address.\n`,
  );
});

test('a database of a newer version is one sentence and exit 1, and is left as it is', async () => {
  const sql = postgres(database.url, { max: 1 });
  await sql`insert into migrations (number, name, checksum) values (9999, '9999_from_the_future.sql', 'x')`;
  const { code, err } = await start().exited;
  await sql`delete from migrations where number = 9999`;
  await sql.end();
  expect(code).toBe(1);
  expect(err).toMatch(
    /^The database is of a newer version of Muster \(it has migration 9999_from_the_future\.sql\)[^\n]*\n$/,
  );
});

test('the master key is in the data directory, and never in the log', async () => {
  const key = (await readFile(join(folder, 'data', 'master.key'), 'utf8')).trim();
  const { child, exited, serving } = start({ MUSTER_LOG_LEVEL: 'trace' });
  await serving();
  child.kill('SIGTERM');
  expect((await exited).out).not.toContain(key);
});
