import { expect, test } from 'vitest';
import { Backoff, controlPlaneBackoff } from './backoff.ts';
import { Wakeup } from './wakeup.ts';

const forever = new AbortController().signal;

test('waits grow to a limit, and begin anew after a success', async () => {
  const backoff = new Backoff({ firstMs: 1, lastMs: 4 });
  const ceilings = [];
  for (let failure = 0; failure < 4; failure += 1) {
    ceilings.push(backoff.ceilingMs);
    await backoff.wait(forever);
  }
  expect(ceilings).toEqual([1, 2, 4, 4]);
  backoff.reset();
  expect(backoff.ceilingMs).toBe(1);
  expect(controlPlaneBackoff).toEqual({ firstMs: 1000, lastMs: 60_000 });
});

test('somebody who got through ends the wait of others', async () => {
  const backoff = new Backoff({ firstMs: 3_600_000, lastMs: 3_600_000 });
  const waiting = backoff.wait(forever);
  backoff.wake();
  await waiting;
});

test('a wake-up while nobody waits ends the next wait', async () => {
  const wakeup = new Wakeup();
  wakeup.wake();
  await wakeup.wait(3_600_000, forever);
});

test('a wait ends with its signal', async () => {
  const stop = new AbortController();
  const waiting = new Wakeup().wait(3_600_000, stop.signal);
  stop.abort();
  await expect(waiting).rejects.toThrow('aborted');
});
