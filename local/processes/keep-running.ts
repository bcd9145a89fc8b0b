import { setTimeout as delay } from 'node:timers/promises';
import type { RunningProgram } from './node-process.ts';

/** Where a program that is kept running stands. */
export interface KeptProgram {
  /** Stops it for good. */
  stop(): Promise<number | string>;
}

/** What is told about it. */
export interface KeepEvents {
  /** Whether such an end is meant, and nothing is to be started again. None is by default. */
  isMeant?(how: number | string): boolean;
  /** It ended by itself and will be started again. */
  onFall(how: number | string, words: readonly string[], againInMs: number): void;
  /** It was started again. */
  onReturn(): void;
}

const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** Who has run this long has not fallen at its start. */
const steadyAfterMs = 60_000;

/** Keeps a program running: one that falls, or cannot be started, is started again, ever later while it keeps falling. */
export function keepRunning(first: RunningProgram, start: () => RunningProgram, events: KeepEvents): KeptProgram {
  const stopping = new AbortController();
  let current = first;
  const watching = watch();

  async function watch(): Promise<void> {
    let waitMs = firstWaitMs;
    for (;;) {
      const begin = performance.now();
      const how = await current.ended;
      if (stopping.signal.aborted || events.isMeant?.(how)) return;
      if (performance.now() - begin > steadyAfterMs) waitMs = firstWaitMs;
      let fall: [how: number | string, words: readonly string[]] | undefined = [how, current.lastWords(3)];
      while (fall) {
        events.onFall(...fall, waitMs);
        await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
        if (stopping.signal.aborted) return;
        waitMs = Math.min(waitMs * 2, longestWaitMs);
        fall = startAgain();
      }
      events.onReturn();
    }
  }

  /** Answers why it could not be started: the disk is full, the machine has no room for another process. */
  function startAgain(): [how: string, words: readonly string[]] | undefined {
    try {
      current = start();
      return undefined;
    } catch (error) {
      return [error instanceof Error ? error.message : String(error), []];
    }
  }

  return {
    async stop() {
      stopping.abort();
      const how = await current.stop();
      await watching;
      return how;
    },
  };
}
