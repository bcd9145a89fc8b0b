import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { LayerStore } from '../store/index.ts';
import { fetchLayer } from './move.ts';
import { findForgotten, findUnneeded, findUnstored, forgetLayer, noteGone } from './store.ts';

const deleteTimeoutMs = 60_000;

/** Fetches into the store what something needs and it lacks. What cannot be fetched now, the next run finds again. */
export async function storeLayers(
  context: Context,
  hands: { calls: HostCalls; store: LayerStore },
): Promise<{ stored: number; failed: number }> {
  const tally = { stored: 0, failed: 0 };
  for (const placed of await findUnstored(context.sql, context.replicaId)) {
    try {
      await fetchLayer(context, hands, placed);
      tally.stored += 1;
    } catch (error) {
      if (context.signal.aborted) break;
      if (!(error instanceof Refusal)) throw error;
      context.log.info({ ...placed, why: error.message }, 'a layer could not be stored now');
      tally.failed += 1;
    }
  }
  return tally;
}

/** Removes what nothing stands on any more: from the hosts that are connected, from the others when they are back, and from the store. */
export async function removeLayers(
  context: Context,
  { calls, store }: { calls: HostCalls; store: LayerStore },
): Promise<{ fromHosts: number; fromStore: number }> {
  const { sql, replicaId } = context;
  const tally = { fromHosts: 0, fromStore: 0 };
  for (const { digest, hostId } of await findUnneeded(sql, replicaId)) {
    try {
      await calls.call(hostId, deleteTimeoutMs, (client, options) => client.deleteLayer({ digest }, options));
      await noteGone(sql, hostId, digest);
      tally.fromHosts += 1;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      context.log.debug({ digest, hostId, why: error.message }, 'a layer will be removed later');
    }
  }
  for (const digest of await findForgotten(sql, await store.list())) {
    await forgetLayer(sql, digest);
    await store.remove(digest);
    tally.fromStore += 1;
  }
  return tally;
}
