import { expect, test } from 'vitest';
import { Quiet } from './quiet.ts';
import type { Counters } from './types.ts';

const idle: Counters = {
  cpuMs: 0,
  memoryBytes: 1024 * 1024,
  diskBytes: 4096,
  files: 11,
  pids: 2,
  receivedBytes: 0,
  sentBytes: 0,
};
const minutes = (count: number) => count * 60_000;

/** One that is told so at every second, from second `from` on. */
function watch(quiet: Quiet, from: number, until: number, at: (second: number) => Partial<Counters>): void {
  for (let second = from; second <= until; second += 1) quiet.take(second * 1000, { ...idle, ...at(second) });
}

test('what only waits is quiet from when it is watched, whatever its timers take', () => {
  const quiet = new Quiet();
  expect(quiet.forMs(0)).toBeUndefined();
  watch(quiet, 60, 7260, (second) => ({ cpuMs: second * 0.9, sentBytes: second * 60, receivedBytes: second }));
  expect(quiet.forMs(minutes(121))).toBe(minutes(120));
});

const signs: readonly [string, (second: number) => Partial<Counters>][] = [
  ['processor time', (second) => ({ cpuMs: second >= 1801 ? 100 : 0 })],
  ['network', (second) => ({ sentBytes: second >= 1801 ? 3000 : 0, receivedBytes: second >= 1801 ? 3000 : 0 })],
  ['a line in a file', (second) => ({ diskBytes: second >= 1801 ? 8192 : 4096 })],
  ['a file', (second) => ({ files: second >= 1801 ? 12 : 11 })],
];
test.each(signs)('%s is a sign of work', (_, at) => {
  const quiet = new Quiet();
  watch(quiet, 0, 3600, at);
  expect(quiet.forMs(minutes(60))).toBe(minutes(29));
});

test('what did not run is watched anew; other signs count, too', () => {
  const quiet = new Quiet();
  watch(quiet, 0, 3600, () => ({}));
  quiet.interrupt();
  expect(quiet.forMs(minutes(60))).toBeUndefined();
  quiet.note(minutes(61));
  expect(quiet.forMs(minutes(62))).toBeUndefined();
  watch(quiet, 7200, 7260, () => ({}));
  expect(quiet.forMs(minutes(130))).toBe(minutes(10));
  quiet.note(minutes(131));
  expect(quiet.forMs(minutes(132))).toBe(minutes(1));
});
