import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { readAddress } from './address.ts';
import { openPool } from './pool.ts';

const plain = 'postgres://muster:secret@db.example.com:5433/muster?sslmode=require';

test('a URL without a local socket stays as it is', () => {
  expect(readAddress(plain)).toEqual({ url: plain });
});

test('a local socket is named by the parameter host, as for libpq: by its directory, or without one', () => {
  const url = 'postgres://muster:secret@localhost:5433/muster';
  expect(readAddress(`${url}?host=/run/postgresql`)).toEqual({ url, path: '/run/postgresql/.s.PGSQL.5433' });
  expect(readAddress(`${url}?host=%40muster`)).toEqual({ url, path: '\0muster/.s.PGSQL.5433' });
  expect(readAddress('postgres://localhost/muster?host=/run').path).toBe('/run/.s.PGSQL.5432');
});

test('statements go through it, and the password counts there, too', async () => {
  const database = await createTestDatabase();
  const silent = pino({ level: 'silent' });
  const [remote, local, wrong] = [
    openPool(database.url, silent),
    openPool(`${database.url}?host=%40muster`, silent),
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
