import { expect, test } from 'vitest';
import { mintToken } from '#contract/token.ts';
import { createTestDatabase } from '../setup/database.ts';
import { dumpDatabase, inDatabase } from './dump.ts';
import { Ledger } from './ledger.ts';

const token = mintToken('team').secret.reveal();
const part = token.split('_')[3]!;
const password = 'a pass"word/of + mine';

test.each([
  ['the whole token', `x ${token} y`, 'as it is'],
  ['its secret part alone', `tail ${part}`, 'as it is'],
  ['bytes of a column', `(1,"\\\\x${Buffer.from(`{"k":"${token}"}`).toString('hex')}")`, 'in hex'],
  ['base64 of it', Buffer.from(part).toString('base64'), 'in base64, offset 0'],
  ['base64 of a text in which it stands', Buffer.from(`"${part}"`).toString('base64'), 'in base64, offset 1'],
  ['and at the third offset', Buffer.from(`{"${part}`).toString('base64'), 'in base64, offset 2'],
])('a token is found by %s', (_what, text, form) => {
  const ledger = new Ledger();
  ledger.mint('key', token);
  expect(ledger.leaksIn([{ name: 'log', text }])).toContainEqual({ secret: 'key', where: 'log', form });
});

test('a password is found also where it is escaped', () => {
  const ledger = new Ledger();
  ledger.mint('password', password);
  for (const text of [password, JSON.stringify({ password }), encodeURIComponent(password)])
    expect(ledger.leaksIn([{ name: 'log', text }])).not.toEqual([]);
});

test('a password is found in base64 as URLs carry it', () => {
  const ledger = new Ledger();
  ledger.mint('password', '>>>>>> ??????');
  const text = Buffer.from('{"p":">>>>>> ??????"}').toString('base64url');
  expect(text).toMatch(/[-_]/);
  expect(ledger.leaksIn([{ name: 'log', text }])).not.toEqual([]);
});

test('a token’s public part is no leak, nor another secret', () => {
  const ledger = new Ledger();
  ledger.mint('key', token);
  const text = `${token.split('_').slice(0, 3).join('_')}_[secret] ${mintToken('team').secret.reveal()}`;
  expect(ledger.leaksIn([{ name: 'log', text }])).toEqual([]);
});

test('the answer that shows a secret may do so, every later one may not', () => {
  const ledger = new Ledger();
  ledger.answer('create')(`{"secret":"${token}"}`);
  ledger.mint('key', token);
  expect(ledger.leaksInAnswers()).toEqual([]);
  const more = ledger.answer('list');
  more('{"keys":[');
  more(`"${token}"]}`);
  expect(ledger.leaksInAnswers()).toEqual([{ secret: 'key', where: 'list', form: 'as it is' }]);
});

test('tokens, JWTs and private keys are picked out of files', () => {
  const ledger = new Ledger();
  const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJlc2lnbmF0dXJl';
  ledger.mintAllIn('file', `{"refreshToken":"${token}","access":"${jwt}"}`);
  expect(ledger.names).toHaveLength(2);
  expect(ledger.leaksIn([{ name: 'log', text: 'Bearer x.y.c2lnbmF0dXJlc2lnbmF0dXJl' }])).not.toEqual([]);
});

test('a dump of the database holds every table, and what was planted into any kind of column', async () => {
  const database = await createTestDatabase();
  try {
    const ledger = new Ledger();
    ledger.mint('key', token);
    expect(ledger.leaksIn(await dumpDatabase(database.url))).toEqual([]);
    await inDatabase(database.url, async (sql) => {
      await sql`create schema elsewhere`;
      await sql`create table elsewhere.planted (text text, json jsonb, bytes bytea, list text[])`;
      await sql`insert into elsewhere.planted values (${token}, null, null, null), (null, ${sql.json({ deep: [token] })}, null, null),
        (null, null, ${Buffer.from(token)}, null), (null, null, null, ${[token]}::text[])`;
    });
    const dump = await dumpDatabase(database.url);
    expect(dump.map(({ name }) => name)).toEqual(expect.arrayContaining(['users', 'sessions', 'audit_contents']));
    const [planted] = dump.filter(({ name }) => name === 'elsewhere.planted');
    const rows = planted!.text.split('\n').map((text, row) => ({ name: `row ${row}`, text }));
    expect(new Set(ledger.leaksIn(rows).map(({ where }) => where)).size).toBe(4);
  } finally {
    await database.drop();
  }
});
