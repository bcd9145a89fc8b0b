import { Wakeup } from './wakeup.ts';

export interface BackoffTimes {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Between two attempts to reach the control plane. */
export const controlPlaneBackoff: BackoffTimes = { firstMs: 1000, lastMs: 60_000 };

/** Waits longer after every failure, each time a random part of the whole (full jitter), so that a fleet does not return at once. */
export class Backoff {
  readonly #times: BackoffTimes;
  readonly #wakeup = new Wakeup();
  #failures = 0;

  constructor(times: BackoffTimes) {
    this.#times = times;
  }

  /** How long the next wait may take. */
  get ceilingMs(): number {
    return Math.min(this.#times.lastMs, this.#times.firstMs * 2 ** Math.min(this.#failures, 30));
  }

  /** Counts a failure and waits. Throws when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    const ms = Math.random() * this.ceilingMs;
    this.#failures += 1;
    this.#wakeup.clear();
    await this.#wakeup.wait(ms, signal);
  }

  /** Something worked: the next wait is short again. */
  reset(): void {
    this.#failures = 0;
  }

  /** Somebody else got through: ends the present wait. */
  wake(): void {
    this.reset();
    this.#wakeup.wake();
  }
}
