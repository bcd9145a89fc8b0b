/** How many beats a second are written as they come. */
const asTheyCome = 20;
/** For each beat a second beyond, the next batch waits so much longer, up to the most. */
const waitMsPerBeat = 10;
const mostWaitMs = 500;

/**
 * How long beats are gathered before they are written: not at all in a small fleet, half a second in a large one. 10,000
 * hosts that report every 30 s are 333 beats a second; written as they came they were as many transactions. Gathered for
 * longer, they are so many that whoever calls meanwhile waits for all of them.
 */
export class Pace {
  #since = 0;
  #beats = 0;
  #before = 0;

  /** Counts a beat that arrives. */
  count(nowMs: number): void {
    this.#turn(nowMs);
    this.#beats += 1;
  }

  waitMs(nowMs: number): number {
    this.#turn(nowMs);
    const perSecond = Math.max(this.#before, this.#beats);
    return Math.min(mostWaitMs, Math.max(0, perSecond - asTheyCome) * waitMsPerBeat);
  }

  /** Counts by whole seconds; what was in the second before is what is to be expected. */
  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#since;
    if (passedMs < 1_000) return;
    this.#before = passedMs < 2_000 ? this.#beats : 0;
    this.#beats = 0;
    this.#since = nowMs;
  }
}
