import { setTimeout as delay } from 'node:timers/promises';
import { systemContext, type Services } from '../context.ts';
import { isDatabaseUnavailable } from '../database/index.ts';
import type { Loop, LoopStatus } from './loop.ts';
import { openSingletonLocks, type SingletonLocks } from './singleton-locks.ts';

/** A loop that is woken all the time works for a fifth of it: thousands of hosts that connect at once wake some for each. */
const restPerWork = 4;
const longestRestMs = 2_000;
/** Turns that are later than this were held up: by a database that hung, or because this machine stood still. */
const standstillMs = 30_000;

/** The loops of one replica. */
export interface LoopRunner {
  /** What each loop last did, in the order they were given. */
  statuses(): LoopStatus[];
  /** Runs a loop now, or once more if it is running. Throws for a name that no loop has. */
  wake(name: string): void;
  /** Cancels what runs and waits until it has ended. */
  stop(): Promise<void>;
}

interface Driven {
  status(): LoopStatus;
  wake(): void;
  readonly ended: Promise<void>;
}

/** Starts the loops: each runs at once, then by its timer and by the changes that wake it, never twice at the same time. */
export function startLoops(services: Services, loops: readonly Loop[]): LoopRunner {
  const stopping = new AbortController();
  const locks = openSingletonLocks(services);
  const driven = new Map(loops.map((loop) => [loop.name, drive(loop, services, locks, stopping.signal)]));
  return {
    statuses: () => [...driven.values()].map((one) => one.status()),
    wake(name) {
      const one = driven.get(name);
      if (!one) throw new Error(`There is no loop ${name}.`);
      one.wake();
    },
    async stop() {
      stopping.abort();
      await Promise.all([...driven.values()].map((one) => one.ended));
      await locks.close();
    },
  };
}

function drive(loop: Loop, services: Services, locks: SingletonLocks, stopping: AbortSignal): Driven {
  const log = services.log.child({ loop: loop.name });
  let state: LoopStatus = {
    name: loop.name,
    runs: 0,
    running: false,
    ours: !loop.singleton,
    lastResult: undefined,
    lastError: undefined,
  };
  let woken = true;
  let interrupt = () => {};
  const wake = () => {
    woken = true;
    interrupt();
  };

  const rest = () =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        interrupt = () => {};
        resolve();
      };
      const timer = setTimeout(done, loop.everyMs);
      interrupt = done;
      if (woken || stopping.aborted) done();
    });

  let reachedMs = services.clock.now();
  const cutOff = () => {
    loop.cutOff?.();
    reachedMs = services.clock.now();
  };

  const runOnce = async () => {
    try {
      const signal = loop.singleton ? AbortSignal.any([stopping, locks.signal]) : stopping;
      state = { ...state, ours: !loop.singleton || (await locks.hold(loop.name)) };
      if (services.clock.now() - reachedMs > loop.everyMs + standstillMs) cutOff();
      reachedMs = services.clock.now();
      if (!state.ours || stopping.aborted) return;
      state = { ...state, running: true };
      const result = await loop.run(systemContext({ ...services, log }, signal));
      reachedMs = services.clock.now();
      if (state.lastError !== undefined) log.info('the loop works again');
      state = { ...state, runs: state.runs + 1, lastResult: result, lastError: undefined };
    } catch (error) {
      if (stopping.aborted) return;
      const again = state.lastError !== undefined;
      state = { ...state, runs: state.runs + 1, lastError: error };
      // An outage of the database is everybody's news, and lasts: said once, not at every turn.
      const isOutage = isDatabaseUnavailable(error);
      if (isOutage) cutOff();
      if (!isOutage) log.error({ err: error }, 'the loop failed; it goes on');
      else if (!again) log.warn({ err: error }, 'the loop cannot reach the database; it goes on');
    } finally {
      state = { ...state, running: false };
    }
  };

  const unsubscribe = loop.wakeOn ? services.bus.subscribe(loop.wakeOn, wake) : () => {};
  const stop = () => interrupt();
  stopping.addEventListener('abort', stop);
  const run = async () => {
    while (!stopping.aborted) {
      await rest();
      if (stopping.aborted) break;
      woken = false;
      const beganMs = performance.now();
      await runOnce();
      const restMs = Math.min(loop.everyMs, longestRestMs, (performance.now() - beganMs) * restPerWork);
      await delay(restMs, undefined, { signal: stopping }).catch(() => undefined);
    }
    unsubscribe();
    stopping.removeEventListener('abort', stop);
  };
  return { status: () => state, wake, ended: run() };
}
