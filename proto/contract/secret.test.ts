import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const value = 'correct horse battery';
const secret = new Secret(value);

test.each<[string, (one: Secret) => string]>([
  ['a template', (one) => String.raw`${one}`],
  ['String()', String],
  ['joining with text', (one) => ['x', one].join(' ')],
  ['JSON, deep inside', (one) => JSON.stringify({ deep: [{ one }] })],
  ['inspection, deep inside', (one) => inspect({ deep: { deeper: [one] } }, { depth: 9, showHidden: true })],
  ['a format', (one) => format('%s %j %o %O', one, one, one, one)],
  ['its own properties', (one) => JSON.stringify([Object.entries(one), Reflect.ownKeys(one), Object.assign({}, one)])],
  ['the message of an error', (one) => inspect(new Error(`no ${String(one)}`, { cause: one }))],
])('%s does not reveal it', (_what, shown) => {
  expect(shown(secret)).not.toContain(value);
});

test('a copy of it as data holds nothing, and only asking reveals it', () => {
  expect(JSON.stringify(structuredClone(secret))).toBe('{}');
  expect(String(secret) + JSON.stringify(secret)).toBe('[secret]"[secret]"');
  expect(secret.reveal()).toBe(value);
});
