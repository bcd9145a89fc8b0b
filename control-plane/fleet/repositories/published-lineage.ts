import type { Lineage } from '../git/lineage.ts';
import type { RecordedHead } from './store.ts';

/**
 * How commits stand to the newest of the published heads, newest first. Without a mirror there is no graph: what was
 * never published is unknown, and each head since counts as one commit.
 */
export function publishedLineages(
  heads: readonly Pick<RecordedHead, 'sha' | 'observedAt' | 'forced'>[],
  shas: readonly string[],
): ReadonlyMap<string, Lineage> {
  return new Map(shas.map((sha) => [sha, lineageOf(heads, sha)]));
}

function lineageOf(heads: readonly Pick<RecordedHead, 'sha' | 'observedAt' | 'forced'>[], sha: string): Lineage {
  const behind = heads.findIndex((head) => head.sha === sha);
  if (behind === -1) return { kind: 'unknown' };
  if (behind === 0) return { kind: 'same' };
  const newer = heads.slice(0, behind);
  const since = newer.at(-1)!.observedAt; // at least one is newer
  return newer.some(({ forced }) => forced)
    ? { kind: 'diverged', ahead: 1, behind, since, mergeBase: undefined }
    : { kind: 'behind', behind, since };
}
