import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { fetchLayer, type Hands } from './move.ts';
import {
  findForgotten,
  findUnneeded,
  findUnstored,
  forgetLayer,
  markAgain,
  noteGone,
  timeNow,
  unmarkLost,
} from './store.ts';

const deleteTimeoutMs = 60_000;

/**
 * Fetches into the store what something needs and it lacks, also where another replica has stored it in a directory of its
 * own; and mends the marks of what is not, or is again, where they say. What cannot be fetched now, the next run finds again.
 */
export async function storeLayers(context: Context, hands: Hands): Promise<{ stored: number; failed: number }> {
  const tally = { stored: 0, failed: 0 };
  const { sql, replicaId } = context;
  const listedAt = await timeNow(sql);
  const here = await hands.store.list();
  await markAgain(sql, here);
  await unmarkLost(sql, { replicaId, here, listedAt });
  for (const placed of await findUnstored(sql, replicaId, here)) {
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
  { calls, store }: Hands,
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
  await store.sweep();
  for (const digest of await findForgotten(sql, await store.list())) {
    await forgetLayer(sql, digest);
    await store.remove(digest);
    tally.fromStore += 1;
  }
  return tally;
}
