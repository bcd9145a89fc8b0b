import { expect, test } from 'vitest';
import { VerifiedTokens } from './verified.ts';

const verified = (expiresAtMs: number) => ({
  subject: 'user',
  id: 'one',
  expiresAt: new Date(expiresAtMs),
  claims: {},
});

test('a verified token is remembered with its audience, for a minute, and never beyond its end', () => {
  let now = 1_000_000;
  const tokens = new VerifiedTokens({ now: () => now });
  tokens.remember('long', 'muster-user', verified(now + 3_600_000));
  tokens.remember('short', 'muster-user', verified(now + 10_000));
  expect(tokens.find('long')).toMatchObject({ audience: 'muster-user', token: { id: 'one' } });
  expect(tokens.find('another')).toBeUndefined();
  now += 10_000;
  expect(tokens.find('short')).toBeUndefined();
  now += 50_000;
  expect(tokens.find('long')).toBeUndefined();
});

test('the token of a host is remembered from heartbeat to heartbeat, for ten minutes', () => {
  let now = 1_000_000;
  const tokens = new VerifiedTokens({ now: () => now });
  for (let host = 0; host < 20_000; host += 1)
    tokens.remember(`host ${host}`, 'muster-host', verified(now + 3_600_000));
  now += 599_000;
  expect(tokens.find('host 0')).toBeDefined();
  now += 1_000;
  expect(tokens.find('host 0')).toBeUndefined();
});
