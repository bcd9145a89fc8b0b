import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { paced } from './paced.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the first word is passed on at once, a burst after it as one, and nothing is lost', () => {
  const call = vi.fn<() => void>();
  const tell = paced(call, 100);
  tell();
  expect(call).toHaveBeenCalledTimes(1);
  for (let word = 0; word < 40; word += 1) tell();
  expect(call).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(100);
  expect(call).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(1000);
  expect(call).toHaveBeenCalledTimes(2);
  tell();
  expect(call).toHaveBeenCalledTimes(3);
});
