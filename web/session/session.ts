/** Tells the other tabs of this browser that the account may have changed. */
const channelName = 'muster-session';

/**
 * Leaves the document for a page as another account, or as nobody. A new document is the sure way to drop
 * everything that was cached, streamed or typed under the account before.
 */
export function enterAsNewAccount(path: string): void {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage('changed');
  channel.close();
  window.location.assign(path);
}

/** Loads this tab anew when another tab signed in or out. */
export function followOtherTabs(): void {
  new BroadcastChannel(channelName).addEventListener('message', () => window.location.reload());
}
