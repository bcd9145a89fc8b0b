import { pino } from 'pino';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { DatabaseClock } from './clock.ts';
import { openPool } from './pool.ts';

const database = await createTestDatabase();
const said: string[] = [];
const log = pino({ level: 'warn' }, { write: (line) => void said.push(line) });
const pool = openPool(database.url, log, { max: 1 });
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  await pool.end({ timeout: 2 });
  await database.drop();
});

test("a machine whose clock jumps by a day goes on by the database's time, and says once that it differs", async () => {
  const clock = new DatabaseClock(pool, log);
  await clock.follow();
  const trueMs = Date.now();
  const dayMs = 86_400_000;
  vi.useFakeTimers({ toFake: ['Date'], now: trueMs + dayMs });
  expect(clock.now() - trueMs).toBeLessThan(dayMs / 2);
  const { machineAheadMs } = await clock.follow();
  await clock.follow();
  expect(machineAheadMs).toBeGreaterThan(dayMs / 2);
  expect(clock.now() - trueMs).toBeLessThan(dayMs / 2);
  expect(said).toHaveLength(1);
});
