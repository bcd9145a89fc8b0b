import { setImmediate } from 'node:timers/promises';

/** How many are worked out before others have their turn: thousands in a row would keep everybody else waiting. */
const atOnce = 250;

/** Works something out for each, by id. */
export async function inTurns<Item extends { readonly id: string }, Result>(
  items: readonly Item[],
  work: (item: Item) => Result,
): Promise<ReadonlyMap<string, Result>> {
  const results = new Map<string, Result>();
  for (const [at, item] of items.entries()) {
    if (at % atOnce === atOnce - 1) await setImmediate();
    results.set(item.id, work(item));
  }
  return results;
}
