import type { Change, EventBus, Topic } from './bus.ts';

/** What a watcher has to send next. */
export type WatchSignal =
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'changed'; readonly ids: readonly string[] }
  | { readonly kind: 'keep_alive' };

const keepAliveMs = 15_000;
/** Changes that come close together are sent together. */
const gatherMs = 25;

/**
 * Turns changes into what a Watch stream sends: first a snapshot, then the ids that changed, a keep-alive when nothing
 * did. Subscribes before the first snapshot, so that nothing falls between. Ends with the signal.
 */
export async function* watchChanges(
  bus: EventBus,
  topics: readonly Topic[],
  signal: AbortSignal,
  concerns: (change: Change) => boolean = () => true,
): AsyncGenerator<WatchSignal> {
  let changed = new Set<string>();
  let wake = () => {};
  const unsubscribe = bus.subscribe(topics, (change) => {
    if (change.id !== '*' && !concerns(change)) return;
    changed.add(change.id);
    wake();
  });
  const woken = (ms: number, alreadyWoken: () => boolean) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        wake = () => {};
        resolve();
      };
      const timer = setTimeout(done, ms);
      wake = done;
      signal.addEventListener('abort', done);
      if (alreadyWoken() || signal.aborted) done();
    });
  try {
    yield { kind: 'snapshot' };
    while (!signal.aborted) {
      await woken(keepAliveMs, () => changed.size > 0);
      if (signal.aborted) return;
      if (changed.size === 0) {
        yield { kind: 'keep_alive' };
        continue;
      }
      await woken(gatherMs, () => false);
      const ids = changed;
      changed = new Set();
      yield ids.has('*') ? { kind: 'snapshot' } : { kind: 'changed', ids: [...ids] };
    }
  } finally {
    unsubscribe();
  }
}
