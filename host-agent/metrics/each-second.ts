import { setImmediate } from 'node:timers/promises';

const secondMs = 1000;
/** A timer goes off up to a millisecond before its time. */
const earlyMs = 100;
/** So many are asked without a pause: half a millisecond, in which nothing else goes on. */
const atOnce = 8;

/** Calls for each of them once a second, a few at once. Answers how to stop. */
export function eachSecond<Thing>(
  things: () => Iterable<Thing>,
  measure: (thing: Thing, atMs: number) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const turn = async () => {
    let count = 0;
    for (const thing of things()) {
      if (isOver) return;
      measure(thing, performance.now());
      count += 1;
      if (count % atOnce === 0) await setImmediate();
    }
    next();
  };
  const next = () => {
    if (isOver) return;
    // At the middle of a second, so that none is missed by a timer that is a little off. One that went off early has
    // measured its second, too: what is counted within a millisecond would be no measure of anything.
    const now = performance.now();
    const at = Math.floor((now + earlyMs) / secondMs + 0.5) * secondMs + secondMs / 2;
    timer = setTimeout(() => void turn(), at - now).unref();
  };
  next();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
