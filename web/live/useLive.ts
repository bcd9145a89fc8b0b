import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type { Feed, Followed } from './follow.ts';
import type { LiveHub } from './hub.ts';

export const LiveContext = createContext<LiveHub | undefined>(undefined);

function useHub(): LiveHub {
  const hub = useContext(LiveContext);
  if (hub === undefined) throw new Error('This component must stand inside the LiveContext.');
  return hub;
}

/** What a stream says now. Components that read the same feed share one connection. */
export function useLive<Event, State>(feed: Feed<Event, State>): Followed<State> {
  const hub = useHub();
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the key is the feed's identity
  const subscribe = useCallback((listener: () => void) => hub.watch(feed, listener), [hub, feed.key]);
  return useSyncExternalStore(subscribe, () => hub.read(feed));
}

/** Whether something on the page is not live at the moment. */
export function useBroken(): boolean {
  const hub = useHub();
  return useSyncExternalStore(hub.subscribe, hub.broken);
}
