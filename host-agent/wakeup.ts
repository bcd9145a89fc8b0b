/** A wait that somebody can end early. A wake-up while nobody waits ends the next wait at once. One waits at a time. */
export class Wakeup {
  #woken = false;
  #release: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#release?.();
  }

  /** Forgets a wake-up that came while nobody waited. */
  clear(): void {
    this.#woken = false;
  }

  /** Waits for the time to pass or for `wake`. Throws when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#woken) await this.#pause(ms, signal);
    this.#woken = false;
    signal.throwIfAborted();
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#release = undefined;
        resolve();
      };
      // setTimeout takes 31 bits; a wait of 24 days that ends early does no harm.
      const timer = setTimeout(end, Math.min(ms, 2_147_483_647));
      signal.addEventListener('abort', end);
      this.#release = end;
    });
  }
}
