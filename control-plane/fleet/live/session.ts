import type { Context } from '../../context.ts';
import type { Change, EventBus } from '../../events/index.ts';
import { thresholdsOf, type Survey } from '../survey.ts';
import type { FleetView } from '../views.ts';
import { pause } from '../waiting.ts';
import { changedIds, freshness, merge } from './changes.ts';
import { nextDeadline } from './deadlines.ts';
import { openRevisions } from './revisions.ts';

/** The shared view, from the first watcher to the last. Ends with the context's signal. */
export interface Session {
  readonly changes: EventBus;
  view(): Promise<FleetView>;
  /** The moment that the view has reached. */
  mark(): string;
  /** The ids of what has changed since a mark. Undefined where that is not known (any more). */
  since(mark: string): readonly string[] | undefined;
  refresh(): void;
  /** Reads all of it again, and ends when the view is as new as this call, or when that failed and there is none. */
  renew(): Promise<void>;
}

/** Changes that come close together are judged together; in a busy fleet, so many times a second at most. */
const gatherMs = 25;
const restMs = 100;
/** A deadline that is further away is looked for again: a timer counts no more than 24 days. */
const longestWaitMs = 3_600_000;
/** What is told of a host may be this part of the stale time old before mere freshness is news. */
const toldShare = 1 / 2;

export function openSession(context: Context, survey: Survey): Session {
  const { bus, signal, log } = context;
  const thresholds = thresholdsOf(context);
  const listeners = new Set<(change: Change) => void>();
  const told = new Map<string, number>();
  /** Who waits for a reading that has not begun yet. */
  const renewals: (() => void)[] = [];
  const history = openRevisions();
  let current: FleetView | undefined;
  let dirty: Set<string> | 'all' = 'all';
  /** Repositories have moved: all is judged anew, what hosts said stays. */
  let moved = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let endedMs = -Infinity;

  const tell = (ids: readonly string[]) => {
    history.add(ids);
    for (const id of ids) {
      const host = current?.hosts.get(id);
      if (host) told.set(id, freshness(host));
      else told.delete(id);
      for (const listener of listeners) listener({ topic: 'fleet', id });
    }
  };

  const readOnce = async () => {
    const wanted = current ? dirty : 'all';
    const anew = moved;
    dirty = new Set();
    moved = false;
    const before = current;
    if (wanted === 'all' || !before) current = await survey.read(context);
    else {
      const whole = wanted.size > 0 ? merge(before, await survey.read(context, [...wanted]), [...wanted]) : before;
      current = anew ? await survey.readAnew(context, whole) : whole;
    }
    tell(before ? changedIds(before, current, told, thresholds.staleAfterMs * toldShare) : [...current.hosts.keys()]);
  };

  const isDirty = () => moved || dirty === 'all' || dirty.size > 0;

  const work = async () => {
    let served: typeof renewals = [];
    try {
      while (isDirty() && !signal.aborted) {
        if (current) await pause(Math.max(gatherMs, endedMs + restMs - performance.now()), signal);
        if (signal.aborted) return;
        served = renewals.splice(0);
        await readOnce();
        // In a busy fleet there is always something left to read: nobody waits for the end of that.
        for (const done of served) done();
        endedMs = performance.now();
      }
    } catch (error) {
      // Nobody is left with what may be wrong by now: watchers ask for the view and are told why there is none.
      current = undefined;
      dirty = 'all';
      history.forget();
      if (!signal.aborted) log.debug({ err: error }, 'the fleet could not be read');
      for (const listener of listeners) listener({ topic: 'fleet', id: '*' });
      throw error;
    } finally {
      running = undefined;
      for (const done of [...served, ...renewals.splice(0)]) done();
      schedule();
    }
  };

  /** Reads what is dirty, once at a time. */
  const run = (): Promise<void> => (running ??= work());
  const kick = () => void run().catch(() => undefined);

  const soil = (ids: readonly string[] | 'all') => {
    if (ids === 'all') dirty = 'all';
    else if (dirty !== 'all') for (const id of ids) dirty.add(id);
    kick();
  };

  const schedule = () => {
    clearTimeout(timer);
    const deadline = current && nextDeadline(current, thresholds, restMs);
    if (!deadline || !current || signal.aborted) return;
    const waitMs = deadline.atMs - current.at.getTime() - (performance.now() - endedMs);
    timer = setTimeout(
      () => (waitMs > longestWaitMs ? schedule() : soil(deadline.of)),
      Math.min(Math.max(waitMs, gatherMs), longestWaitMs),
    );
  };

  const judgeAnew = () => {
    moved = true;
    kick();
  };

  const unsubscribe = bus.subscribe(['host', 'fleet', 'repository'], ({ topic, id }) => {
    if (id === '*') soil('all');
    else if (topic === 'repository') judgeAnew();
    else soil([id]);
  });
  signal.addEventListener('abort', () => {
    unsubscribe();
    clearTimeout(timer);
    for (const listener of listeners) listener({ topic: 'fleet', id: '*' });
  });

  return {
    changes: {
      subscribe(_topics, listener) {
        const own = (change: Change) => listener(change);
        listeners.add(own);
        return () => void listeners.delete(own);
      },
      close: async () => {},
    },
    async view() {
      if (!current) await run();
      if (!current) throw signal.reason; // it was ended meanwhile
      return current;
    },
    mark: () => history.mark(),
    since: (mark) => history.since(mark),
    refresh: judgeAnew,
    renew: () =>
      new Promise((resolve) => {
        renewals.push(resolve);
        soil('all');
      }),
  };
}
