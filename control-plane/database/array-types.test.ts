import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { openPool } from './pool.ts';

const database = await createTestDatabase();
const pool = openPool(database.url, pino({ level: 'silent' }), { max: 1 });
afterAll(async () => {
  await pool.end();
  await database.drop();
});

// PostgreSQL stores no zero character, and half of a surrogate pair is no text.
const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0') && value.isWellFormed());

test('arrays of texts come back as they went', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (values) => {
      const [row] = await pool`select ${values}::text[] as values, to_jsonb(${values}::text[]) as json`;
      expect(row).toEqual({ values, json: values });
    }),
    { numRuns: 200 },
  );
});

test('arrays of numbers, times, truths and bytes come back as they went', async () => {
  const [row] = await pool`
    select ${[1, -2]}::int[] as ints, ${['9007199254740993']}::bigint[] as bigints, ${[1.5]}::float8[] as floats,
      ${['true', 'false']}::text[]::boolean[] as booleans, ${['2026-01-02T03:04:05.678Z']}::text[]::timestamptz[] as times,
      array['\\x00ff'::bytea] as bytes, '{}'::text[] as none, ${[]}::text[] as empty, array[null::int, 1] as gaps`;
  expect(row).toEqual({
    ints: [1, -2],
    bigints: ['9007199254740993'],
    floats: [1.5],
    booleans: [true, false],
    times: [new Date('2026-01-02T03:04:05.678Z')],
    bytes: [Buffer.of(0, 255)],
    none: [],
    empty: [],
    gaps: [null, 1],
  });
});
