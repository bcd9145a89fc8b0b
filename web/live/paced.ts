/** Calls at once, then no more often than this: what comes meanwhile is one call at the end of the pause. */
export function paced(call: () => void, pauseMs: number): () => void {
  let resting = false;
  let missed = false;
  const run = () => {
    call();
    resting = true;
    setTimeout(() => {
      resting = false;
      if (!missed) return;
      missed = false;
      run();
    }, pauseMs);
  };
  return () => {
    if (resting) missed = true;
    else run();
  };
}
