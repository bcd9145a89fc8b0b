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
  end(): void;
}

/** The fleet, kept up to date as long as somebody watches: each change is judged once, however many watch. */
export interface LiveFleet {
  follow(): Following;
  /** A mirror knows more than before: everything is judged anew. */
  refresh(): void;
  close(): void;
}

export function openLiveFleet(services: Services, survey: Survey): LiveFleet {
  let shared: { readonly session: Session; readonly ending: AbortController; followers: number } | undefined;

  const open = () => {
    const ending = new AbortController();
    return { session: openSession(systemContext(services, ending.signal), survey), ending, followers: 0 };
  };

  return {
    follow() {
      const mine = (shared ??= open());
      mine.followers += 1;
      return {
        changes: mine.session.changes,
        view: () => mine.session.view(),
        end() {
          mine.followers -= 1;
          if (mine.followers > 0) return;
          mine.ending.abort();
          if (shared === mine) shared = undefined;
        },
      };
    },
    refresh: () => shared?.session.refresh(),
    close() {
      shared?.ending.abort();
      shared = undefined;
    },
  };
}
