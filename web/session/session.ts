/**
 * Between the tabs of this browser. One object for telling and hearing: a channel does not hear itself, but would hear
 * a second one in the same tab.
 */
const tabs = new BroadcastChannel('muster-session');

/**
 * Leaves the document for a page as another account, or as nobody. A new document is the sure way to drop
 * everything that was cached, streamed or typed under the account before.
 */
export function enterAsNewAccount(path: string): void {
  tabs.postMessage('changed');
  const target = new URL(path, window.location.href);
  const { pathname, search } = window.location;
  window.location.assign(target);
  // Only another fragment, or none, would leave the document as it is.
  if (target.pathname === pathname && target.search === search) window.location.reload();
}

/** Loads this tab anew when another tab signed in or out. */
export function followOtherTabs(): void {
  tabs.addEventListener('message', () => window.location.reload());
}
