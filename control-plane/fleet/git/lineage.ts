import { lines } from './commits.ts';
import { GitFailure } from './failure.ts';
import type { Mirror } from './mirror.ts';

/** How a commit stands to the one that should run. */
export type Lineage =
  | { readonly kind: 'same' }
  | { readonly kind: 'behind'; readonly behind: number; readonly since: Date }
  | { readonly kind: 'ahead'; readonly ahead: number }
  | {
      readonly kind: 'diverged';
      readonly ahead: number;
      readonly behind: number;
      readonly since: Date;
      readonly mergeBase: string | undefined;
    }
  /** Not in the repository. */
  | { readonly kind: 'unknown' };

/** A head that the branch has had. */
export interface SeenHead {
  /** Its number, where it is a branch's. */
  readonly id?: string;
  readonly sha: string;
  readonly observedAt: Date;
}

/**
 * Judges a commit against the newest of these heads; all of them are in the copy. Two calls of git at most for an ancestor,
 * three for one that has diverged. `heads` is never empty, newest first.
 */
export async function readLineage(
  mirror: Mirror,
  sha: string,
  heads: readonly [SeenHead, ...SeenHead[]],
  signal: AbortSignal,
): Promise<Lineage> {
  const target = heads[0].sha;
  if (sha === target) return { kind: 'same' };
  const counts = await mirror.ask(['rev-list', '--left-right', '--count', `${sha}...${target}`, '--'], { signal });
  const [ahead, behind] = counts.trim().split('\t').map(Number) as [number, number]; // `--left-right --count` prints exactly two
  if (behind === 0) return { kind: 'ahead', ahead };
  const since = await lackingSince(mirror, sha, heads, signal);
  if (ahead === 0) return { kind: 'behind', behind, since };
  return { kind: 'diverged', ahead, behind, since, mergeBase: await mergeBase(mirror, sha, target, signal) };
}

/** When the first of the heads was seen that it has lacked without a break until today. */
async function lackingSince(
  mirror: Mirror,
  sha: string,
  heads: readonly [SeenHead, ...SeenHead[]],
  signal: AbortSignal,
): Promise<Date> {
  if (heads.length === 1) return heads[0].observedAt;
  const input = lines([...heads.map((head) => head.sha), `^${sha}`]);
  const lacked = new Set((await mirror.ask(['rev-list', '--stdin'], { signal, input })).split('\n'));
  const lastHad = heads.findIndex((head) => !lacked.has(head.sha));
  return (lastHad === -1 ? heads.at(-1)! : (heads[lastHad - 1] ?? heads[0])).observedAt; // the list is not empty
}

/** Their last common commit; histories without one have none, which git says with 1. */
async function mergeBase(mirror: Mirror, one: string, other: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await mirror.ask(['merge-base', one, other], { signal })).trim();
  } catch (error) {
    if (error instanceof GitFailure && error.exitCode === 1) return undefined;
    throw error;
  }
}
