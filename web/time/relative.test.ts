import { expect, test } from 'vitest';
import { clockLength, relativeTime, roughLength, tookLength } from './relative.ts';

const now = Date.UTC(2030, 0, 2, 12);

test('a moment ago is just now, also when the clocks differ by a second', () => {
  expect(relativeTime(now - 900, now)).toBe('just now');
  expect(relativeTime(now + 1500, now)).toBe('just now');
});

test('the past and the future are told apart', () => {
  expect(relativeTime(now - 12_000, now)).toBe('12 s ago');
  expect(relativeTime(now + 3 * 60_000, now)).toBe('in 3 min');
});

test('the unit grows with the distance, and hours go on until two days', () => {
  expect(roughLength(59_999)).toBe('59 s');
  expect(roughLength(47 * 3_600_000)).toBe('47 h');
  expect(roughLength(49 * 3_600_000)).toBe('2 days');
});

test('a countdown shows seconds, never a negative time', () => {
  expect(clockLength(42_000)).toBe('0:42');
  expect(clockLength(-5)).toBe('0:00');
  expect(clockLength(3_600_000 + 7 * 60_000)).toBe('1:07:00');
  expect(clockLength(2 * 86_400_000 + 4 * 3_600_000 + 10 * 60_000)).toBe('2 d 04:10');
});

test('what took long is told less exactly', () => {
  expect(tookLength(6.2)).toBe('6 ms');
  expect(tookLength(1240)).toBe('1.24 s');
  expect(tookLength(185_000)).toBe('3 min 05 s');
});
