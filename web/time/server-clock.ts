type Listener = () => void;

/**
 * The server's time, ticking once a second while somebody listens. Ages are counted against it, so that a wrong
 * clock in the browser makes nothing look fresh.
 */
export class ServerClock {
  #aheadMs = 0;
  #listeners = new Set<Listener>();
  #timer: ReturnType<typeof setInterval> | undefined;

  now = (): number => Date.now() + this.#aheadMs;

  /** Takes over the server's time from a message that carries it. Less than two seconds are the network's. */
  observe(serverTimeMs: number): void {
    const ahead = serverTimeMs - Date.now();
    this.#aheadMs = Math.abs(ahead) < 2000 ? 0 : ahead;
  }

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#listeners.forEach((tell) => tell()), 1000);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };
}
