import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, expect, test } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { eventually } from '../testing/index.ts';
import { openConnection } from './connection.ts';
import { isDatabaseUnavailable } from './failures.ts';
import { openPool } from './pool.ts';
import { together } from './together.ts';
import { inTransaction, lastly } from './transaction.ts';

const database = await createTestDatabase();
const pool = openPool(database.url, pino({ level: 'silent' }), { max: 4 });
await pool`create table things (name text primary key)`;
const surprises: unknown[] = [];
const surprise = (error: unknown) => surprises.push(error);
process.on('uncaughtException', surprise).on('unhandledRejection', surprise);
afterAll(async () => {
  process.off('uncaughtException', surprise).off('unhandledRejection', surprise);
  await pool.end({ timeout: 2 });
  await database.drop();
});
afterEach(() => pool`truncate things`);

const names = async () =>
  (await pool<{ name: string }[]>`select name from things order by name`).map(({ name }) => name);
/** Ends all our connections from outside, in the middle of whatever they do. */
const endAll = async () => {
  const outside = openPool(database.url, pino({ level: 'silent' }), { max: 1 });
  await outside`
    select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`;
  await outside.end();
};
const outcome = (work: PromiseLike<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (isDatabaseUnavailable(error) ? 'unavailable' : error),
  );

test('a transaction is there as a whole or not at all', async () => {
  await inTransaction(pool, async (sql) => {
    await sql`insert into things values ('one')`;
    expect(await names(), 'nobody else sees it yet').toEqual([]);
    await sql`insert into things values ('two')`;
  });
  const failing = inTransaction(pool, async (sql) => {
    await sql`insert into things values ('three')`;
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  expect(await names()).toEqual(['one', 'two']);
});

test('a transaction that lost against another is repeated', async () => {
  let attempts = 0;
  const answer = await inTransaction(pool, async (sql) => {
    attempts += 1;
    if (attempts < 3) await sql`do $$ begin raise exception using errcode = '40001'; end $$`;
    return 'done';
  });
  expect([answer, attempts]).toEqual(['done', 3]);
});

test('a failed statement that nobody noticed does not pass for a committed transaction', async () => {
  const work = inTransaction(pool, async (sql) => {
    await sql`insert into things values ('lost')`;
    await sql`select 1 / 0`.catch(() => {});
  });
  await expect(work).rejects.toThrow('rolled back');
});

test('a statement after the end of its transaction is an error, not part of the next one', async () => {
  const leaked = await inTransaction(pool, async (sql) => () => sql`insert into things values ('late')`);
  await expect(leaked()).rejects.toThrow('after the end of its transaction');
});

test('more transactions than connections wait for each other', async () => {
  const all = Array.from({ length: 20 }, (_, index) =>
    inTransaction(pool, (sql) => sql`insert into things values (${String(index)})`),
  );
  await Promise.all(all);
  expect(await names()).toHaveLength(20);
});

test.each([1, 0.01, 0])(
  'connections that end in the middle fail what is under way, and nothing else (round of %d s)',
  async (seconds) => {
    const work = [
      ...Array.from({ length: 6 }, (_, index) =>
        inTransaction(pool, async (sql) => {
          await sql`insert into things values (${`t${index}`})`;
          await sql`select pg_sleep(${seconds})`;
          await sql`select 1`;
        }),
      ),
      ...Array.from({ length: 20 }, () => pool`select pg_sleep(${seconds / 10})`),
    ].map(outcome);
    for (let times = 0; times < 3; times += 1) await endAll();
    for (const result of await Promise.all(work)) expect(result).toBeOneOf(['done', 'unavailable']);
    await eventually(
      () => outcome(Promise.all(Array.from({ length: 16 }, () => pool`select 1`))),
      (result) => expect(result).toBe('done'),
    );
    for (let index = 0; index < 8; index += 1)
      expect(await outcome(inTransaction(pool, (sql) => sql`select 1`))).toBe('done');
    expect(surprises).toEqual([]);
  },
);

test('who listens hears again after the connection was lost, and is told that something may be missing', async () => {
  const heard: string[] = [];
  let listening = 0;
  const listener = await pool.listen(
    'test',
    (payload) => heard.push(payload),
    () => (listening += 1),
  );
  await pool`select pg_notify('test', 'one')`;
  await eventually(
    () => heard,
    (all) => expect(all).toEqual(['one']),
  );
  await endAll();
  await eventually(
    () => listening,
    (times) => expect(times).toBe(2),
  );
  await eventually(
    () => outcome(pool`select pg_notify('test', 'two')`),
    (result) => expect(result).toBe('done'),
  );
  await eventually(
    () => heard,
    (all) => expect(all).toEqual(['one', 'two']),
  );
  await listener.unlisten();
});

test('the last statements of a transaction go with its commit, and where one fails nothing has happened', async () => {
  const answer = await inTransaction(pool, async (sql) =>
    lastly([sql`insert into things values ('one')`, sql`insert into things values ('two')`], 'both'),
  );
  expect([answer, await names()]).toEqual(['both', ['one', 'two']]);
  const failing = inTransaction(pool, async (sql) =>
    lastly([sql`insert into things values ('three')`, sql`insert into things values ('one')`], 'none'),
  );
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(await names()).toEqual(['one', 'two']);
});

test('statements that go together are done in their order, each by itself', async () => {
  const [, seen] = await together(pool, (sql) =>
    Promise.all([sql`insert into things values ('first')`, sql<{ name: string }[]>`select name from things`]),
  );
  expect(seen.map(({ name }) => name)).toEqual(['first']);
  const failing = together(pool, (sql) =>
    Promise.all([sql`insert into things values ('second')`, sql`insert into things values ('first')`]),
  );
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  await expect.poll(names).toEqual(['first', 'second']);
});

test('a connection that ended before it was there is not made again behind our back, with a lock on it', async () => {
  const { hostname, port } = new URL(database.url);
  let [starting, accepted] = [true, 0];
  // As PostgreSQL does that starts or stops: it takes the connection, and ends it.
  const door = createServer((incoming) => {
    accepted += 1;
    if (starting) return void incoming.end();
    const outgoing = connect(Number(port), hostname);
    incoming.on('error', () => {}).once('close', () => outgoing.destroy());
    outgoing.on('error', () => {}).once('close', () => incoming.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const url = new URL(database.url);
  url.port = String((door.address() as AddressInfo).port); // a TCP server has no other address
  const open = () => openConnection(url.href, pino({ level: 'silent' }));
  const lock = ({ sql }: ReturnType<typeof open>) =>
    sql<{ held: boolean }[]>`select pg_try_advisory_lock(1, 1) as held`;
  const early = open();
  // All that wait for it, not only the one that opened it.
  const waiting = Array.from({ length: 20 }, () => outcome(lock(early)));
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['unavailable']));
  await early.end();
  starting = false;
  const late = open();
  expect(await lock(late)).toEqual([{ held: true }]);
  expect([accepted, early.closed]).toEqual([2, true]);
  await late.end();
  door.close();
});
