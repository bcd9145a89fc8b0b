import type { Context } from '../context.ts';
import type { EventBus } from '../events/index.ts';
import { findTarget, type SandboxTarget } from './store.ts';

/** Longer nothing is believed, even where no notification came. */
const believedMs = 2_000;
const mostRemembered = 10_000;

/** What calls on sandboxes need to know of them, as it was a moment ago. */
export interface RememberedTargets {
  /**
   * A sandbox, from memory where nothing was heard of a change since it was read. What it says of states may be out of date
   * by as long as a notification takes: the host decides, and whoever is refused there reads anew with `isFresh`.
   */
  find(context: Context, id: string, isFresh: boolean): Promise<SandboxTarget | undefined>;
}

interface Entry {
  /** Undefined while it is read. */
  target?: SandboxTarget;
  readonly readAt: number;
}

export function rememberTargets(bus: EventBus, now: () => number = () => performance.now()): RememberedTargets {
  const entries = new Map<string, Entry>();
  bus.subscribe(['sandbox'], ({ id }) => {
    if (id === '*') entries.clear();
    else entries.delete(id);
  });
  return {
    async find(context, id, isFresh) {
      const known = entries.get(id);
      if (!isFresh && known?.target && now() - known.readAt < believedMs) return known.target;
      // Stands there before it is read: what is heard of a change meanwhile takes it away.
      const entry: Entry = { readAt: now() };
      entries.delete(id);
      entries.set(id, entry);
      if (entries.size > mostRemembered) entries.delete(entries.keys().next().value!); // there is a first one
      const target = await context.together((sql) => findTarget(sql, id));
      if (target) entry.target = target;
      else entries.delete(id);
      return target;
    },
  };
}
