import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worktree } from './git.ts';

/** When the checked-out commit last changed, and what it was before. */
export interface HeadHistory {
  readonly changedAt: Date;
  /** The commit at a time; undefined where the history does not reach back. */
  at(time: Date): string | undefined;
}

/** Reads the history that git keeps of HEAD. Undefined where it keeps none. */
export async function readHeadHistory(worktree: Worktree): Promise<HeadHistory | undefined> {
  const path = join(worktree.gitDir, 'logs/HEAD');
  const [text, status] = await Promise.all([readFile(path, 'utf8').catch(() => ''), stat(path).catch(() => undefined)]);
  const moves = text.split('\n').flatMap(parseMove);
  const last = moves.at(-1);
  if (!last || !status) return undefined;
  const changedAt = movedAt(last.second, status.mtimeMs);
  return {
    changedAt,
    at(time) {
      if (time > changedAt) return last.to;
      // Entries count in whole seconds; within the second of a move the old commit is the safe answer.
      const earlier = moves.slice(0, -1).findLast(({ second }) => (second + 1) * 1000 <= time.getTime());
      return earlier?.to ?? (moves[0]!.from.startsWith('0000000') ? undefined : moves[0]!.from);
    },
  };
}

/** A long checkout ends after its entry's second; a clean-up of the history touches the file much later. */
const checkoutWithinMs = 60_000;

/** The file's own time is finer than the entry's, unless something else has written the file since. */
function movedAt(second: number, mtimeMs: number): Date {
  const lateMs = mtimeMs - second * 1000;
  return new Date(lateMs >= 0 && lateMs < checkoutWithinMs ? mtimeMs : (second + 1) * 1000);
}

function parseMove(line: string): { from: string; to: string; second: number }[] {
  const match = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) .*> (\d+) [+-]\d{4}(?:\t|$)/.exec(line);
  return match ? [{ from: match[1]!, to: match[2]!, second: Number(match[3]) }] : [];
}
