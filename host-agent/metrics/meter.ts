import { SampleRing } from './ring.ts';
import type { Counters, Resolution, Sample } from './types.ts';

const secondMs = 1000;
const minuteMs = 60_000;
const kibibyte = 1024;

/** A minute that is not over yet. */
interface Minute {
  readonly slot: number;
  ms: number;
  cpuMs: number;
  values: Values;
}

/** Memory and disk in KiB, files, pids, bytes received and sent. */
type Values = readonly [number, number, number, number, number, number];

/** Remembers what one sandbox used: every second of the last 10 minutes, every minute of the last day. Times are monotonic. */
export class Meter {
  readonly #seconds = new SampleRing(600);
  readonly #minutes = new SampleRing(1440);
  #before: { readonly atMs: number; readonly counters: Counters } | undefined;
  #minute: Minute | undefined;

  /** Takes what is counted now. The first time after a break is where counting begins, and no sample. */
  take(atMs: number, counters: Counters): void {
    const before = this.#before;
    this.#before = { atMs, counters };
    if (!before || atMs <= before.atMs) return;
    const grown = (name: 'cpuMs' | 'receivedBytes' | 'sentBytes') =>
      Math.max(0, counters[name] - before.counters[name]); // a counter that was made anew begins at 0
    const ms = atMs - before.atMs;
    const cpuMs = grown('cpuMs');
    const values: Values = [
      Math.round(counters.memoryBytes / kibibyte),
      Math.round(counters.diskBytes / kibibyte),
      counters.files,
      counters.pids,
      grown('receivedBytes'),
      grown('sentBytes'),
    ];
    this.#seconds.push(Math.floor(atMs / secondMs), [share(cpuMs, ms), ...values]);
    this.#add(Math.floor(atMs / minuteMs), ms, cpuMs, values);
  }

  /** It does not run now. */
  interrupt(): void {
    this.#before = undefined;
  }

  /** What is remembered, oldest first, later than `after`. `toDate` makes a time of people's of a monotonic one. */
  samples(resolution: Resolution, toDate: (atMs: number) => Date, after?: Date): Sample[] {
    const [ring, slotMs] =
      resolution === 'second' ? ([this.#seconds, secondMs] as const) : ([this.#minutes, minuteMs] as const);
    const samples: Sample[] = [];
    // Clocks are put right now and then: a sample must not come twice for a millisecond.
    const afterMs = after ? after.getTime() + slotMs / 4 : Number.NEGATIVE_INFINITY;
    ring.each(0, (slot, [cpu, memory, disk, files, pids, received, sent]) => {
      const at = toDate((slot + 1) * slotMs);
      if (at.getTime() <= afterMs) return;
      samples.push({
        at,
        cpu: Math.round(cpu! * 1000) / 1000,
        memoryBytes: memory! * kibibyte,
        diskBytes: disk! * kibibyte,
        files: files!,
        pids: pids!,
        receivedBytes: received!,
        sentBytes: sent!,
      });
    });
    return samples;
  }

  #add(slot: number, ms: number, cpuMs: number, values: Values): void {
    const minute = this.#minute;
    if (minute?.slot === slot) {
      minute.ms += ms;
      minute.cpuMs += cpuMs;
      minute.values = together(minute.values, values);
      return;
    }
    if (minute) this.#minutes.push(minute.slot, [share(minute.cpuMs, minute.ms), ...minute.values]);
    this.#minute = { slot, ms, cpuMs, values };
  }
}

/** Processors, to a thousandth: noise below that would make every sample of an idle sandbox another one. */
const share = (cpuMs: number, ms: number): number => Math.round((cpuMs / ms) * 1000) / 1000;

const together = (a: Values, b: Values): Values => [
  Math.max(a[0], b[0]),
  Math.max(a[1], b[1]),
  Math.max(a[2], b[2]),
  Math.max(a[3], b[3]),
  a[4] + b[4],
  a[5] + b[5],
];
