import { pino } from 'pino';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { openPool } from './pool.ts';
import type { Sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

const database = await createTestDatabase();
const pool = openPool(database.url, pino({ level: 'silent' }), { max: 1 });
afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('the stack that the driver keeps of a statement is read when that is first asked, and only then', async () => {
  // Of the driver's own statements, which are no part of what it offers.
  const reads = vi.spyOn(Object.getPrototypeOf(pool`select`) as { origin: string }, 'origin', 'get');
  onTestFinished(() => reads.mockRestore());
  const alone = () => pool`select 'alone'`;
  const together = (sql: Sql) => sql`select 'in a transaction'`;
  await alone();
  expect(reads).toHaveBeenCalledTimes(1);
  await inTransaction(pool, together);
  // Beside it, what begins and ends a transaction.
  const afterFirst = reads.mock.calls.length;
  expect(afterFirst).toBeGreaterThan(1);
  await alone();
  await inTransaction(pool, together);
  expect(reads).toHaveBeenCalledTimes(afterFirst);
});
