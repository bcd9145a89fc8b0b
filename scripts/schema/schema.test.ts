import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../tests/setup/database.ts';
import { root } from '../command.ts';
import { dumpSchema } from './dump.ts';

const database = await createTestDatabase();
const sql = postgres(database.url, { max: 1, onnotice: () => {} });
afterAll(async () => {
  await sql.end();
  await database.drop();
});

test('migrations/schema.sql is what the migrations add up to: npm run schema writes it', async () => {
  expect(await dumpSchema(sql)).toBe(readFileSync(join(root, 'migrations', 'schema.sql'), 'utf8'));
});

test('whatever is changed in the database is seen in it', async () => {
  const before = await dumpSchema(sql);
  const changes = [
    `alter table hosts add seen_by_test text not null default 'x'`,
    `create index hosts_by_test on hosts (seen_by_test)`,
    `alter table hosts add constraint test_check check (seen_by_test <> '')`,
    `alter type observed_state add value 'tested'`,
    `create function tested() returns int language sql as 'select 1'`,
    `create sequence tested_numbers`,
    `grant select on hosts to public`,
    `create view tested_hosts as select id from hosts`,
  ];
  let last = before;
  for (const change of changes) {
    await sql.unsafe(change);
    const after = await dumpSchema(sql);
    expect({ change, seen: after !== last }).toEqual({ change, seen: true });
    last = after;
  }
});
