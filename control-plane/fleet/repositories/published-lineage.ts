import type { Lineage } from '../git/lineage.ts';
import type { HeadPlace } from './store.ts';

/**
 * How commits stand to one of the published heads; `places` are those of the target and of all of these that were published.
 * Without a mirror there is no graph: what was never published is unknown, and each head counts as one commit. Undefined where
 * the target itself was never published.
 */
export function publishedLineages(
  places: readonly HeadPlace[],
  target: string,
  shas: readonly string[],
): ReadonlyMap<string, Lineage> | undefined {
  const bySha = new Map(places.map((place) => [place.sha, place]));
  const aim = bySha.get(target);
  return aim && new Map(shas.map((sha) => [sha, lineageOf(bySha.get(sha), aim)]));
}

function lineageOf(at: HeadPlace | undefined, aim: HeadPlace): Lineage {
  if (!at) return { kind: 'unknown' };
  if (at.place === aim.place) return { kind: 'same' };
  const isOlder = at.place < aim.place;
  const [older, newer] = isOlder ? [at, aim] : [aim, at];
  const heads = newer.place - older.place;
  const since = older.leftAt!; // another one came later
  if (newer.rewrites > older.rewrites)
    return { kind: 'diverged', ahead: isOlder ? 1 : heads, behind: isOlder ? heads : 1, since, mergeBase: undefined };
  return isOlder ? { kind: 'behind', behind: heads, since } : { kind: 'ahead', ahead: heads };
}
