import { shuttingDown } from './wire-errors.ts';

/** The calls under way, so that a stop can let short ones finish and end long ones. */
export interface Calls {
  /** Counts a call in; throws once the server is going away. The answer counts it out. */
  begin(): () => void;
  /** How many there are now. */
  readonly underWay: number;
  /** Ends streams at once when the server goes away. */
  readonly streamSignal: AbortSignal;
  /** Ends what did not finish in its time. */
  readonly lastSignal: AbortSignal;
  /** Lets nothing in any more, ends the streams, waits for the rest, ends it after `patienceMs`. */
  drain(patienceMs: number): Promise<void>;
}

export function trackCalls(): Calls {
  const streams = new AbortController();
  const last = new AbortController();
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
