import { systemContext, type Services } from '../../context.ts';
import type { EventBus } from '../../events/index.ts';
import { openSession, type Session } from './session.ts';
import type { Survey } from '../survey.ts';
import type { FleetView } from '../views.ts';

/** One watcher's hold on the fleet that all watchers of this replica share. */
export interface Following {
  /** Tells which hosts of the shared view have changed, after they have. */
  readonly changes: EventBus;
  /** The fleet as it is now. Throws what kept it from being read. */
  view(): Promise<FleetView>;
  /** The moment that the view has reached, to ask later what has changed since. */
  mark(): string;
  /** The ids of what has changed since a mark. Undefined where that is not known (any more). */
  since(mark: string): readonly string[] | undefined;
  end(): void;
}

/** The fleet, kept up to date as long as somebody watches: each change is judged once, however many watch. */
export interface LiveFleet {
  /** With `anew`, the first view is no older than this call; without, it may lag behind by what is being read. */
  follow(options?: { readonly anew?: boolean }): Following;
  /** A mirror knows more than before: everything is judged anew. */
  refresh(): void;
  close(): void;
}

/** After the last watcher it goes on for so long: one whose connection broke hears what has changed meanwhile. */
const lingerMs = 30_000;

export function openLiveFleet(services: Services, survey: Survey): LiveFleet {
  let shared: Shared | undefined;

  const open = () => {
    const ending = new AbortController();
    const session = openSession(systemContext(services, ending.signal), survey);
    return { session, ending, followers: 0, lingering: undefined, renewed: Promise.resolve() };
  };
  const end = (one: Shared) => {
    clearTimeout(one.lingering);
    one.ending.abort();
    if (shared === one) shared = undefined;
  };

  return {
    follow({ anew = false } = {}) {
      const mine = (shared ??= open());
      // What it has shown last may be older than what the one who comes now has done already.
      if (anew || mine.followers === 0) mine.renewed = mine.session.renew();
      // One who comes while it is renewed for another waits for that, too.
      const { renewed } = mine;
      mine.followers += 1;
      clearTimeout(mine.lingering);
      return {
        changes: mine.session.changes,
        async view() {
          await renewed;
          return mine.session.view();
        },
        mark: () => mine.session.mark(),
        since: (mark) => mine.session.since(mark),
        end() {
          mine.followers -= 1;
          if (mine.followers === 0 && shared === mine) mine.lingering = setTimeout(end, lingerMs, mine).unref();
        },
      };
    },
    refresh: () => shared?.session.refresh(),
    close() {
      if (shared) end(shared);
    },
  };
}

interface Shared {
  readonly session: Session;
  readonly ending: AbortController;
  followers: number;
  lingering: NodeJS.Timeout | undefined;
  /** The last renewal. */
  renewed: Promise<void>;
}
