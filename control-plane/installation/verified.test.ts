import { expect, test } from 'vitest';
import { VerifiedTokens } from './verified.ts';

const verified = (expiresAtMs: number) => ({
  subject: 'user',
  id: 'one',
  expiresAt: new Date(expiresAtMs),
  claims: {},
});

test('a verified token is remembered for its audience alone, for a minute, and never beyond its end', () => {
  let now = 1_000_000;
  const tokens = new VerifiedTokens({ now: () => now });
  tokens.remember('long', 'muster-user', verified(now + 3_600_000));
  tokens.remember('short', 'muster-user', verified(now + 10_000));
  expect(tokens.find('long', 'muster-user')).toMatchObject({ id: 'one' });
  expect(tokens.find('long', 'muster-host')).toBeUndefined();
  expect(tokens.find('another', 'muster-user')).toBeUndefined();
  now += 10_000;
  expect(tokens.find('short', 'muster-user')).toBeUndefined();
  now += 50_000;
  expect(tokens.find('long', 'muster-user')).toBeUndefined();
});

test('the token of a host is remembered from heartbeat to heartbeat, for ten minutes', () => {
  let now = 1_000_000;
  const tokens = new VerifiedTokens({ now: () => now });
  for (let host = 0; host < 20_000; host += 1)
    tokens.remember(`host ${host}`, 'muster-host', verified(now + 3_600_000));
  now += 599_000;
  expect(tokens.find('host 0', 'muster-host')).toBeDefined();
  now += 1_000;
  expect(tokens.find('host 0', 'muster-host')).toBeUndefined();
});
