import { expect, test } from 'vitest';
import { parseConfig } from '../config.ts';
import { limitsFrom } from './rules.ts';

const limitsOf = (text: string) => {
  const read = limitsFrom(text);
  if ('wrong' in read) throw new Error(read.wrong);
  return read.limits;
};

test('what is configured stands in the place of its default, and nothing else changes', () => {
  const defaults = limitsOf('');
  const limits = limitsOf(' join.address=7/30s, sign_in.account=3/1h ,');
  expect(limits.join).toEqual({ ...defaults.join, perAddress: { most: 7, windowMs: 30_000 } });
  expect(limits.sign_in).toEqual({ ...defaults.sign_in, perAccount: { most: 3, windowMs: 3_600_000 } });
  expect({ ...limits, join: defaults.join, sign_in: defaults.sign_in }).toEqual(defaults);
  expect(limitsOf(''), 'the defaults stay what they are').toEqual(defaults);
});

test.each([
  'join',
  'join.address=0/1m',
  'join.address=5',
  'join.address=5/0m',
  'join.address=5/1d',
  'joins.address=5/1m',
  'constructor.address=5/1m',
  'device_login.account=5/1h',
  'invite.address=5/1h',
])('%s is no limit, and the server says so at its start', (text) => {
  const environment = { DATABASE_URL: 'postgres://x', MUSTER_LIMITS: `reset.address=1/1m,${text}` };
  expect(() => parseConfig(environment)).toThrow(`MUSTER_LIMITS holds ${JSON.stringify(text)}, which is no limit`);
});
