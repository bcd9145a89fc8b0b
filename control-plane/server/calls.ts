import { shuttingDown } from './wire-errors.ts';

/** The calls under way, so that a stop can let short ones finish and end long ones. */
export interface Calls {
  /** Counts a call in; throws once the server is going away. The answer counts it out. */
  begin(): () => void;
  /**
   * Has a call ended with all others of its kind, until the answer is called. For many at once: a listener on one of the
   * signals below is compared with all that are there, which took 3 % of what 10,000 hosts cost.
   */
  endsWithOthers(call: AbortController, isStream: boolean): () => void;
  /** How many there are now. */
  readonly underWay: number;
  /** Ends streams at once when the server goes away. */
  readonly streamSignal: AbortSignal;
  /** Ends what did not finish in its time. */
  readonly lastSignal: AbortSignal;
  /** Lets nothing in any more, ends the streams, waits for the rest, ends it after `patienceMs`. */
  drain(patienceMs: number): Promise<void>;
}

/** The end of many calls. */
class Ending {
  readonly #all = new AbortController();
  readonly #calls = new Set<AbortController>();
  readonly signal = this.#all.signal;

  add(call: AbortController): () => void {
    if (this.signal.aborted) call.abort(this.signal.reason);
    this.#calls.add(call);
    return () => this.#calls.delete(call);
  }

  abort(reason: unknown): void {
    this.#all.abort(reason);
    for (const call of this.#calls) call.abort(reason);
  }
}

export function trackCalls(): Calls {
  const streams = new Ending();
  const last = new Ending();
  let underWay = 0;
  let idle = () => {};
  return {
    begin() {
      if (streams.signal.aborted) throw shuttingDown();
      underWay += 1;
      return () => {
        underWay -= 1;
        if (underWay === 0) idle();
      };
    },
    endsWithOthers: (call, isStream) => (isStream ? streams : last).add(call),
    get underWay() {
      return underWay;
    },
    streamSignal: streams.signal,
    lastSignal: last.signal,
    async drain(patienceMs) {
      streams.abort(shuttingDown());
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patienceMs);
          idle = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      last.abort(shuttingDown());
    },
  };
}
