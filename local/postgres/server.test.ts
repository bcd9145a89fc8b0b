import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { aliasMap, unprivilegedUid } from './identity.ts';
import { readPidFile } from './remains.ts';
import { startPostgres, type RunningPostgres } from './server.ts';

let directory: string;
const running: RunningPostgres[] = [];

async function start(path = directory): Promise<RunningPostgres> {
  const server = await startPostgres({ directory: path, durable: false });
  running.push(server);
  return server;
}

async function ask(server: RunningPostgres, act: (sql: postgres.Sql) => Promise<unknown>): Promise<unknown> {
  const sql = postgres(server.url('postgres'), { max: 1 });
  try {
    return await act(sql);
  } finally {
    await sql.end();
  }
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'muster-postgres-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  rmSync(directory, { recursive: true });
});

test('a stopped server continues with its data, on the same port', async () => {
  const first = await start();
  await ask(first, (sql) => sql`create table kept as select 42 as answer`);
  await first.stop();
  const second = await start();
  expect(await ask(second, (sql) => sql`select answer from kept`)).toEqual([{ answer: 42 }]);
  expect(second.port).toBe(first.port);
});

test('it runs below a directory that only one user may enter', async () => {
  const closed = join(directory, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const server = await start(join(closed, 'postgres'));
  expect(await ask(server, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
});

test.runIf(process.geteuid?.() === 0)('root starts it below the closed home of another user', async () => {
  const home = join(directory, 'home');
  mkdirSync(home, { mode: 0o700 });
  chownSync(home, 54_321, 54_321);
  const server = await start(join(home, 'postgres'));
  expect(await ask(server, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
});

test.runIf(process.geteuid?.() === 0)(
  'where root may make no user namespace, nobody runs it, also in a closed directory',
  async () => {
    const closed = join(directory, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    await (await start(join(closed, 'postgres'))).stop();
    // So it stands after a first start on such a machine.
    execFileSync('chown', ['--recursive', String(unprivilegedUid()), join(closed, 'postgres', 'data')]);
    const server = await start(join(closed, 'postgres'));
    expect(readFileSync(`/proc/${server.pid}/status`, 'utf8')).toMatch(
      new RegExp(`^Uid:\\t${unprivilegedUid()}\\t`, 'm'),
    );
    expect(await ask(server, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
  },
);

test('a killed server leaves a stale process file behind, which disturbs nobody', async () => {
  const first = await start();
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  // The number belongs to another living process by now: ours.
  writeFileSync(
    join(directory, 'data', 'postmaster.pid'),
    `${process.pid}\n${join(directory, 'data')}\n1\n5432\n\n\n\nready\n`,
  );
  const second = await start();
  expect(await ask(second, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
});

test('a wrong password is refused', async () => {
  const server = await start();
  const sql = postgres(server.url('postgres').replace(/:[^:@]+@/, ':wrong@'), { max: 1 });
  await expect(sql`select 1`).rejects.toMatchObject({ code: '28P01' });
  await sql.end();
});

test('the server ends when the process that started it is killed', async () => {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL('server.ts', import.meta.url).href)});
    const server = await startPostgres({ directory: ${JSON.stringify(directory)}, durable: false });
    console.log(server.pid);
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(
    await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))),
  );
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 30_000 });
  expect(readPidFile(join(directory, 'data'))).toBeUndefined();
});

test('a map calls root by another number and leaves everybody else alone', () => {
  expect(aliasMap('0 0 4294967295\n', 65_534)).toBe('65534 0 1\n1 1 65533\n65535 65535 4294901760\n');
  expect(aliasMap('         0     100000      65536\n', 65_534)).toBe('65534 0 1\n1 1 65533\n65535 65535 1\n');
  expect(aliasMap('0 1000 1\n', 65_534)).toBe('65534 0 1\n');
});

function alive(pid: number): boolean {
  try {
    // A zombie, too, has ended.
    return !/^State:\s+Z/m.test(String(readFileSync(`/proc/${pid}/status`)));
  } catch {
    return false;
  }
}
