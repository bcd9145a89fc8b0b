import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';

const defaultTimeoutMs = 60_000;
const lookEveryMs = 20;

/** Reads again and again until the check passes; fails with the check's own words when it does not in time. Answers what passed. */
export async function eventually<T>(
  read: () => T | Promise<T>,
  check: (value: T) => void,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      const value = await read();
      check(value);
      return value;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await pause(lookEveryMs);
  }
}

/** Waits until what is read equals what is expected. */
export async function expectEventually<T>(
  read: () => T | Promise<T>,
  expected: T,
  timeoutMs = defaultTimeoutMs,
): Promise<void> {
  await eventually(read, (value) => expect(value).toEqual(expected), timeoutMs);
}
