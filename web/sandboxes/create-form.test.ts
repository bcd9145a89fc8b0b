import { expect, test } from 'vitest';
import { ExpiryAction } from '#proto/muster/v1/sandbox_pb.js';
import { checkNewSandbox, newSandbox, toRequest } from './create-form.ts';
import { never } from './lifetimes.ts';

test('a life that ends says when and how, one that does not says that alone', () => {
  const stopped = { ...newSandbox, timeout: 600, on_expiry: ExpiryAction.STOP, auto_renew: 900 };
  expect(toRequest(stopped)).toMatchObject({
    timeout: { seconds: 600n },
    onExpiry: ExpiryAction.STOP,
    autoRenew: { seconds: 900n },
  });
  const endless = toRequest({ ...stopped, timeout: never });
  expect(endless.noExpiry).toBe(true);
  expect(endless).not.toHaveProperty('timeout');
  expect(endless).not.toHaveProperty('autoRenew');
});

test('the name becomes metadata, and is checked as such', () => {
  expect(toRequest({ ...newSandbox, name: ' nightly ' }).metadata).toEqual({ name: 'nightly' });
  expect(checkNewSandbox({ ...newSandbox, name: 'two words' }).name).toContain('letters');
  expect(Object.values(checkNewSandbox(newSandbox)).filter(Boolean)).toEqual([]);
});
