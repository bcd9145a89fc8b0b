import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { migrate } from '../../database/index.ts';

const name = `plain_${randomBytes(6).toString('hex')}`;
const admin = postgres(inject('postgresUrl'), { max: 1, onnotice: () => {} });
let plain: postgres.Sql;

beforeAll(async () => {
  await admin`create role ${admin(name)} login password 'plain'`;
  await admin`create database ${admin(name)} owner ${admin(name)}`;
  const url = new URL(inject('postgresUrl'));
  Object.assign(url, { username: name, password: 'plain', pathname: `/${name}` });
  plain = postgres(url.href, { max: 1, onnotice: () => {} });
  await migrate(plain);
});

afterAll(async () => {
  await plain.end();
  await admin`drop database ${admin(name)} with (force)`;
  await admin`drop role ${admin(name)}`;
  await admin.end();
});

const insufficientPrivilege = { code: '42501' };

test.each([
  { table: 'audit_events', column: 'actor' },
  { table: 'audit_seals', column: 'seal' },
  { table: 'audit_checkpoints', column: 'seal' },
  { table: 'audit_erasures', column: 'part' },
  { table: 'audit_origins', column: 'address' },
  { table: 'audit_contents', column: 'reason' },
])('a server that is no superuser has no right to change or empty $table', async ({ table, column }) => {
  await expect(plain`truncate ${plain(table)}`).rejects.toMatchObject(insufficientPrivilege);
  const changed = plain`update ${plain(table)} set ${plain(column)} = ${plain(column)}`;
  await expect(changed).rejects.toMatchObject(insufficientPrivilege);
});

test.each(['audit_events', 'audit_seals', 'audit_checkpoints', 'audit_erasures'])(
  'nor to delete from %s',
  async (table) => {
    await expect(plain`delete from ${plain(table)}`).rejects.toMatchObject(insufficientPrivilege);
  },
);

test('nor to switch the triggers off for its session', async () => {
  await expect(plain`set session_replication_role = replica`).rejects.toMatchObject(insufficientPrivilege);
});

test('no foreign key leads to or from a table of the audit, so that nothing cascades into it', async () => {
  const references = await plain<{ from: string; to: string }[]>`
    select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint where contype = 'f'`;
  expect(references.length).toBeGreaterThan(50);
  expect(references.filter(({ from, to }) => from.startsWith('audit_') || to.startsWith('audit_'))).toEqual([]);
});
