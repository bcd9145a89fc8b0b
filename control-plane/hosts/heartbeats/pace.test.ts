import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('few beats are written as they come, many are gathered for half a second, and few again as they come', () => {
  const pace = new Pace();
  const second = (number: number, beats: number) => {
    for (let beat = 0; beat < beats; beat += 1) pace.count(number * 1000 + (beat * 1000) / beats);
  };
  second(1, 20);
  expect(pace.waitMs(2_000)).toBe(0);
  second(2, 50);
  expect(pace.waitMs(3_000)).toBe(300);
  second(3, 333);
  expect(pace.waitMs(4_000)).toBe(500);
  expect(pace.waitMs(9_000)).toBe(0);
});
