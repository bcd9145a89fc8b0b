import type { Lineage } from '../git/lineage.ts';
import type { RecordedHead } from './store.ts';

type Head = Pick<RecordedHead, 'sha' | 'observedAt' | 'forced'>;

/**
 * How commits stand to one of the published heads; `heads` are the newest first, at least as far back as the target and all
 * of these were published. Without a mirror there is no graph: what was never published is unknown, and each head counts as
 * one commit. Undefined where the target itself was never published.
 */
export function publishedLineages(
  heads: readonly Head[],
  target: string,
  shas: readonly string[],
): ReadonlyMap<string, Lineage> | undefined {
  const aim = heads.findIndex(({ sha }) => sha === target);
  if (aim === -1) return undefined;
  return new Map(shas.map((sha) => [sha, lineageOf(heads, aim, sha)]));
}

function lineageOf(heads: readonly Head[], aim: number, sha: string): Lineage {
  const at = heads.findIndex((head) => head.sha === sha);
  if (at === -1) return { kind: 'unknown' };
  if (at === aim) return { kind: 'same' };
  // From the older to the newer of both: what came after the one, with the other as the last.
  const between = heads.slice(Math.min(at, aim), Math.max(at, aim));
  const rewritten = between.some(({ forced }) => forced);
  const since = between.at(-1)!.observedAt; // they are two
  if (at < aim)
    return rewritten
      ? { kind: 'diverged', ahead: between.length, behind: 1, since, mergeBase: undefined }
      : { kind: 'ahead', ahead: between.length };
  return rewritten
    ? { kind: 'diverged', ahead: 1, behind: between.length, since, mergeBase: undefined }
    : { kind: 'behind', behind: between.length, since };
}
