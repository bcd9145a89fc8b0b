/** Ends with the work, after the time, or with the signal, whatever comes first. */
export function firstOf(work: Promise<void>, withinMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
    };
    const done = () => {
      settle();
      resolve();
    };
    const timer = setTimeout(done, withinMs);
    signal.addEventListener('abort', done);
    work.finally(settle).then(resolve, reject);
    if (signal.aborted) done();
  });
}

/** Ends after the time or with the signal. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => firstOf(new Promise(() => {}), ms, signal);
