import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '#contract/secret.ts';
import type { Context } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { forgetSecrets, keepSecret, noteUse, readSecret, readSecretStates } from '../index.ts';

let plane: TestControlPlane;
let context: Context;
beforeAll(async () => {
  plane = await startTestControlPlane();
  context = plane.context;
});
afterAll(() => plane?.stop());

const keep = (name: string, value: string | undefined, ifVersion?: number) =>
  context.transaction((sql) =>
    keepSecret(sql, context, name, value === undefined ? undefined : new Secret(value), ifVersion),
  );
const state = async (name: string) => (await readSecretStates(context.sql, [name]))[0];

test('a kept secret is there for one use, is nowhere to be read, and says by its fingerprint whether it is another one', async () => {
  const first = await keep('test.first', 'the value of it');
  expect(first).toMatchObject({ set: true, version: 1, lastUsedAt: null, lastError: '' });
  const used = await readSecret(context, 'test.first');
  expect(used!.value.reveal()).toBe('the value of it');
  expect(inspect({ used, first })).not.toContain('the value of it');
  const [{ row }] = await context.sql<[{ row: string }]>`select secrets::text as row from secrets`;
  expect(row).not.toContain('the value');
  expect(row).not.toContain(Buffer.from('the value').toString('hex'));
  const other = await keep('test.first', 'another value');
  expect(other).toMatchObject({ version: 2 });
  expect(other.fingerprint).not.toBe(first.fingerprint);
  expect((await keep('test.first', 'the value of it')).fingerprint).toBe(first.fingerprint);
});

test('of two who save what they both looked at one wins, and the other one is told who did', async () => {
  await keep('test.race', 'seen by both');
  const outcomes = await Promise.allSettled([keep('test.race', 'of one', 1), keep('test.race', 'of the other', 1)]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(refused.reason).toBeInstanceOf(Refusal);
  expect(refused.reason).toMatchObject({ message: expect.stringMatching(/changed this in the meantime.*version 2/) });
  const both = await Promise.allSettled([keep('test.fresh', 'of one', 0), keep('test.fresh', 'of the other', 0)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a cleared secret is gone, its version goes on, and one that is set again cannot be mistaken for it', async () => {
  await keep('test.cleared', 'once');
  expect(await keep('test.cleared', undefined, 1)).toMatchObject({ set: false, version: 2, fingerprint: '' });
  expect(await readSecret(context, 'test.cleared')).toBeUndefined();
  await expect(keep('test.cleared', 'again', 1)).rejects.toThrow(Refusal);
  expect(await keep('test.cleared', 'again', 2)).toMatchObject({ set: true, version: 3 });
  await context.transaction((sql) => forgetSecrets(sql, ['test.cleared']));
  expect(await state('test.cleared')).toBeUndefined();
});

test('how a use went is kept with the version that was used, and forgotten with the next', async () => {
  await keep('test.used', 'in use');
  const secret = (await readSecret(context, 'test.used'))!;
  await noteUse(context, secret, 'It was refused.');
  expect(await state('test.used')).toMatchObject({ lastError: 'It was refused.', lastUsedAt: expect.any(Date) });
  await noteUse(context, secret);
  expect(await state('test.used')).toMatchObject({ lastError: '' });
  await keep('test.used', 'another one');
  await noteUse(context, secret, 'It was refused.');
  expect(await state('test.used')).toMatchObject({ version: 2, lastError: '', lastUsedAt: null });
});

test('a value that was moved to another name, or back from an earlier version, does not open, and its state says so', async () => {
  await keep('test.one', 'of one');
  await keep('test.two', 'of two');
  await context.sql`update secrets set sealed = (select sealed from secrets where name = 'test.one') where name = 'test.two'`;
  expect(await readSecret(context, 'test.two')).toBeUndefined();
  expect((await state('test.two'))!.lastError).toMatch(/enter it anew/);
  const [{ sealed }] = await context.sql<[{ sealed: Buffer }]>`select sealed from secrets where name = 'test.one'`;
  await keep('test.one', 'newer');
  await context.sql`update secrets set sealed = ${sealed} where name = 'test.one'`;
  expect(await readSecret(context, 'test.one')).toBeUndefined();
});
