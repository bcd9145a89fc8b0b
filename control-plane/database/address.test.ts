import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { readAddress } from './address.ts';
import { openPool } from './pool.ts';

const plain = 'postgres://muster:secret@db.example.com:5433/muster?sslmode=require';

test('a URL without a local socket stays as it is, also one of several machines', () => {
  for (const url of [plain, 'postgres://muster:secret@one:5432,two:5433/muster', `${plain}&host=other.example.com`])
    expect(readAddress(url)).toEqual({ url });
});

test('a local socket is named by the parameter host, as for libpq: by its directory, or without one', () => {
  const url = 'postgres://muster:secret@localhost:5433/muster';
  const ssl = false;
  expect(readAddress(`${url}?host=/run/postgresql`)).toEqual({ url, path: '/run/postgresql/.s.PGSQL.5433', ssl });
  expect(readAddress(`${url}?host=%40muster`)).toEqual({ url, path: '\0muster/.s.PGSQL.5433', ssl });
  expect(readAddress('postgres://muster:secret@/muster?host=/run&port=5434')).toEqual({
    url: 'postgres://muster:secret@localhost/muster',
    path: '/run/.s.PGSQL.5434',
    ssl,
  });
  expect(readAddress('postgres:///muster?host=/run').path).toBe('/run/.s.PGSQL.5432');
});

test('statements go through it, unencrypted whatever is asked for, and the password counts there, too', async () => {
  const database = await createTestDatabase();
  const silent = pino({ level: 'silent' });
  const [remote, local, wrong] = [
    openPool(database.url, silent),
    openPool(`${database.url}?host=%40muster&sslmode=require`, silent),
    openPool(`${database.url.replace(/:[^:@/]+@/, ':wrong@')}?host=%40muster`, silent),
  ];
  try {
    const throughSocket = { is: true };
    expect(await remote`select inet_client_addr() is null as is`).toEqual([{ is: false }]);
    expect(await local`select inet_client_addr() is null as is`).toEqual([throughSocket]);
    expect(await local.begin((sql) => sql`select inet_client_addr() is null as is`)).toEqual([throughSocket]);
    await expect(wrong`select 1`).rejects.toMatchObject({ code: '28P01' });
  } finally {
    await Promise.all([remote, local, wrong].map((pool) => pool.end({ timeout: 2 })));
    await database.drop();
  }
});
