import { expect, test } from 'vitest';
import { Meter } from './meter.ts';
import { SampleRing } from './ring.ts';
import type { Counters } from './types.ts';

const idle: Counters = {
  cpuMs: 0,
  memoryBytes: 1024 * 1024,
  diskBytes: 4096,
  files: 11,
  pids: 1,
  receivedBytes: 0,
  sentBytes: 0,
};
const toDate = (atMs: number) => new Date(atMs);

/** A meter that was told so at every half second, from second 0 on. */
function meterOf(seconds: number, at: (second: number) => Partial<Counters>): Meter {
  const meter = new Meter();
  for (let second = 0; second <= seconds; second += 1) meter.take(second * 1000 + 500, { ...idle, ...at(second) });
  return meter;
}

test('samples say what was used between two countings', () => {
  const meter = meterOf(3, (second) => ({ cpuMs: second * 250, sentBytes: second * 1000, pids: 1 + second }));
  expect(meter.samples('second', toDate)).toEqual(
    [1, 2, 3].map((second) => ({
      at: new Date((second + 1) * 1000),
      cpu: 0.25,
      memoryBytes: 1024 * 1024,
      diskBytes: 4096,
      files: 11,
      pids: 1 + second,
      receivedBytes: 0,
      sentBytes: 1000,
    })),
  );
  expect(meter.samples('second', toDate, new Date(3001)).map(({ pids }) => pids)).toEqual([4]);
});

test('ten minutes of seconds and a day of minutes are kept, and no more', () => {
  const day = 24 * 60 * 60;
  const meter = meterOf(day + 7200, (second) => ({ cpuMs: second * 500, memoryBytes: (second % 100) * 1024 }));
  const seconds = meter.samples('second', toDate);
  expect(seconds).toHaveLength(600);
  expect(seconds.at(-1)?.at).toEqual(new Date((day + 7201) * 1000));
  const minutes = meter.samples('minute', toDate);
  expect(minutes).toHaveLength(1440);
  expect(minutes.every(({ cpu, memoryBytes }) => cpu === 0.5 && memoryBytes >= 59 * 1024)).toBe(true);
});

test('a minute has the most of what goes up and down, and the sum of what passes', () => {
  const peak = (second: number) => ({ pids: second === 30 ? 40 : 2, receivedBytes: second * 10 });
  const [minute] = meterOf(61, peak).samples('minute', toDate);
  expect(minute).toMatchObject({ pids: 40, receivedBytes: 590 });
});

test('while it is not measured there is a gap, and what was counted anew is nothing lost', () => {
  const meter = new Meter();
  meter.take(500, { ...idle, cpuMs: 900 });
  meter.take(1500, { ...idle, cpuMs: 1000 });
  meter.interrupt();
  meter.take(9500, { ...idle, cpuMs: 5 });
  meter.take(10_500, { ...idle, cpuMs: 205 });
  meter.take(11_500, { ...idle, cpuMs: 0 });
  expect(meter.samples('second', toDate).map(({ at, cpu }) => [at.getTime(), cpu])).toEqual([
    [2000, 0.1],
    [11_000, 0.2],
    [12_000, 0],
  ]);
});

test('a ring keeps its slots whatever comes: equal ones, others, late ones, none for long', () => {
  const ring = new SampleRing(5);
  const kept = () => {
    const slots: [number, number][] = [];
    ring.each(0, (slot, values) => slots.push([slot, values[0]!]));
    return slots;
  };
  const value = (first: number) => [first, 0, 0, 0, 0, 0, 0];
  for (const slot of [1, 2, 3]) ring.push(slot, value(7));
  ring.push(2, value(9));
  expect(kept()).toEqual([1, 2, 3].map((slot) => [slot, 7]));
  for (let slot = 4; slot < 40; slot += 1) ring.push(slot, value(slot % 3 === 0 ? 1 : slot));
  expect(kept()).toEqual([35, 36, 37, 38, 39].map((slot) => [slot, slot % 3 === 0 ? 1 : slot]));
  ring.push(100, value(5));
  expect(kept()).toEqual([[100, 5]]);
});
