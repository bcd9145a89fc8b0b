import { pino } from 'pino';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { among, lookUp } from './look-up.ts';
import { openPool } from './pool.ts';
import type { Sql } from './sql.ts';

const database = await createTestDatabase();
const pool = openPool(database.url, pino({ level: 'silent' }), { max: 4 });
await pool`create table things (id text primary key, name text not null)`;
afterAll(async () => {
  await pool.end({ timeout: 2 });
  await database.drop();
});

let asked: (readonly string[])[] = [];
let read: (readonly string[])[] = [];
/** Lets the statements go on that wait at the gate. */
let open = () => {};
let gate = Promise.resolve();
const close = () => void (gate = new Promise((resolve) => (open = resolve)));

async function findAll(sql: Sql, ids: readonly string[]): Promise<Map<string, string>> {
  asked.push(ids);
  const rows = await sql<{ id: string; name: string }[]>`select id, name from things where id ${among(sql, ids)}`;
  read.push(ids);
  await gate;
  return new Map(rows.map(({ id, name }) => [id, name]));
}

beforeEach(async () => {
  await pool`truncate things`;
  await pool`insert into things values ('a', 'Ada'), ('b', 'Bo'), ('c', 'Cy')`;
  asked = [];
  read = [];
  gate = Promise.resolve();
});

test('one that asks alone is answered by a statement of its own', async () => {
  expect(await lookUp(pool, findAll, 'a')).toBe('Ada');
  expect(await lookUp(pool, findAll, 'nobody')).toBeUndefined();
  expect(asked).toEqual([['a'], ['nobody']]);
});

test('what is asked while others are under way is asked together, and each gets their own', async () => {
  close();
  const first = ['a', 'b'].map((id) => lookUp(pool, findAll, id));
  const later = ['c', 'nobody', 'a', 'c'].map((id) => lookUp(pool, findAll, id));
  await expect.poll(() => asked.length).toBe(2);
  open();
  expect(await Promise.all([...first, ...later])).toEqual(['Ada', 'Bo', 'Cy', undefined, 'Ada', 'Cy']);
  expect(asked).toEqual([['a'], ['b'], ['c', 'nobody', 'a']]);
});

test('nobody gets an answer that is older than their question', async () => {
  close();
  const before = ['a', 'a'].map((id) => lookUp(pool, findAll, id));
  await expect.poll(() => read.length, { message: 'read, and not answered yet' }).toBe(2);
  await pool`update things set name = 'Ann' where id = 'a'`;
  const after = lookUp(pool, findAll, 'a');
  open();
  expect(await Promise.all(before)).toEqual(['Ada', 'Ada']);
  expect(await after).toBe('Ann');
});

test('a statement that fails fails for those that asked in it, and for nobody after them', async () => {
  close();
  const first = ['a', 'b'].map((id) => lookUp(pool, findAll, id));
  const spoilt = ['c', '\0'].map((id) => lookUp(pool, findAll, id)); // PostgreSQL has no such text
  const outcomes = Promise.allSettled(spoilt);
  open();
  expect(await Promise.all(first)).toEqual(['Ada', 'Bo']);
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await lookUp(pool, findAll, 'c')).toBe('Cy');
});

test('statements that hang keep nobody else waiting', async () => {
  close();
  const hanging = ['a', 'b'].map((id) => lookUp(pool, findAll, id));
  await expect.poll(() => read.length).toBe(2);
  const reopen = open;
  gate = Promise.resolve();
  expect(await lookUp(pool, findAll, 'c')).toBe('Cy');
  reopen();
  expect(await Promise.all(hanging)).toEqual(['Ada', 'Bo']);
});

test('more than fit into one statement are asked in several', async () => {
  const ids = Array.from({ length: 250 }, (_, index) => `id${index}`);
  await pool`insert into things select id, id from unnest(${ids}::text[]) as id`;
  expect(await Promise.all(ids.map((id) => lookUp(pool, findAll, id)))).toEqual(ids);
  expect(asked.map((some) => some.length).toSorted((one, other) => one - other)).toEqual([1, 1, 48, 100, 100]);
});
