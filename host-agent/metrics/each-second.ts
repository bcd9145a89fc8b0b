import { setImmediate } from 'node:timers/promises';

const secondMs = 1000;
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
    // At the middle of a second, so that none is missed or met twice by a timer that is a little off.
    const now = performance.now();
    const at = Math.floor(now / secondMs + 0.5) * secondMs + secondMs / 2;
    timer = setTimeout(() => void turn(), at - now).unref();
  };
  next();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
