import postgres from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';

const first = await createTestDatabase();
const second = await createTestDatabase();
afterAll(() => Promise.all([first.drop(), second.drop()]));

test('each test file has a database of its own', async () => {
  const [one, two] = [postgres(first.url, { max: 1 }), postgres(second.url, { max: 1 })];
  await one`create table only_here ()`;
  expect(await two`select to_regclass('only_here') as found`).toEqual([{ found: null }]);
  await Promise.all([one.end(), two.end()]);
});
