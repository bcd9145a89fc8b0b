import type { Counters } from './types.ts';

const minuteMs = 60_000;
/** Less in a minute is what programs do that only wait. */
const leastCpuMs = 60;
/** Less in a minute is what keeps connections open. */
const leastBytes = 4096;

/** Knows for how long no sign of work was seen in one sandbox. Times are monotonic. */
export class Quiet {
  /** The last sign, or when watching began. */
  #sinceMs: number | undefined;
  #minute: { readonly atMs: number; readonly counters: Counters } | undefined;

  /** Takes what is counted now, while it runs. */
  take(atMs: number, counters: Counters): void {
    this.#sinceMs ??= atMs;
    this.#minute ??= { atMs, counters };
    if (atMs - this.#minute.atMs < minuteMs) return;
    if (hasWorked(this.#minute.counters, counters)) this.#sinceMs = atMs;
    this.#minute = { atMs, counters };
  }

  /** Another sign of work was seen. */
  note(atMs: number): void {
    if (this.#sinceMs !== undefined) this.#sinceMs = atMs;
  }

  /** It does not run now: what it does later is watched anew. */
  interrupt(): void {
    this.#sinceMs = undefined;
    this.#minute = undefined;
  }

  /** Undefined where it is not watched. */
  forMs(atMs: number): number | undefined {
    return this.#sinceMs === undefined ? undefined : Math.max(0, atMs - this.#sinceMs);
  }
}

const hasWorked = (before: Counters, now: Counters): boolean =>
  now.cpuMs - before.cpuMs >= leastCpuMs ||
  now.receivedBytes - before.receivedBytes + (now.sentBytes - before.sentBytes) >= leastBytes ||
  now.diskBytes !== before.diskBytes ||
  now.files !== before.files;
