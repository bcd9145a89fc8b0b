import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eachSecond } from './each-second.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** When something was measured by timers that go off so much too early or late. */
async function measuredAt(seconds: number, offMs: (turn: number) => number): Promise<number[]> {
  const at: number[] = [];
  const { setTimeout: onTime } = globalThis;
  let turn = 0;
  vi.stubGlobal('setTimeout', (call: () => void, ms: number) => onTime(call, Math.max(0, ms + offMs(turn++))));
  const stop = eachSecond(
    () => ['one'],
    (_, atMs) => at.push(atMs),
  );
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  stop();
  vi.unstubAllGlobals();
  return at;
}

test('a timer that goes off a little early or late measures each second once', async () => {
  const at = await measuredAt(20, (turn) => [-1, 0, 1, 30, -0.4][turn % 5]!);
  expect(at.map((ms) => Math.floor(ms / 1000))).toEqual(Array.from({ length: 20 }, (_, second) => second));
});

test('one that goes off very late goes on with the next second', async () => {
  const at = await measuredAt(8, (turn) => (turn === 2 ? 2100 : 0));
  expect(at).toEqual([500, 1500, 4600, 5500, 6500, 7500]);
});
