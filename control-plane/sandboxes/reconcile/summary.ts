import { doubts, type Doubt } from './doubt.ts';

/** What a reconcile did, counted. */
export interface Tally {
  readonly restored: number;
  readonly updated: number;
  readonly brought: number;
  readonly failed: number;
  readonly destroyed: number;
  readonly removed: number;
  readonly placedAgain: number;
  readonly frozen: number;
}

const words: Readonly<Record<keyof Tally, string>> = {
  restored: 'restored',
  updated: 'brought up to date here',
  brought: 'brought to what is wanted',
  failed: 'failed',
  destroyed: 'gone as wanted',
  removed: 'left over and removed',
  placedAgain: 'never started and settled',
  frozen: 'unknown and frozen',
};

/** What a run did not do, or could not. */
export interface Rest {
  readonly problems: readonly string[];
  /** Steps that wait for an operator. */
  readonly held: number;
  /** Why they do. */
  readonly doubt: Doubt | undefined;
  /** Sandboxes that it did not come to. */
  readonly left: number;
  /** Sandboxes that the host named beyond all that is looked at. */
  readonly turnedAway: number;
}

/** One sentence for the host's page, and one more for everything that was not done. */
export function summarise(known: number, tally: Tally, { problems, held, doubt, left, turnedAway }: Rest): string {
  const done = (Object.keys(words) as (keyof Tally)[]) // the table's own keys
    .filter((key) => tally[key] > 0)
    .map((key) => `${tally[key]} ${words[key]}`);
  const result = done.length === 0 ? (left > 0 ? 'not done yet' : 'all as they should be') : done.join(', ');
  return [
    `Compared ${sandboxes(known)}: ${result}.`,
    problems.length > 0 && `${problems.length} could not be settled; the first one is ${problems[0]}`,
    doubt && held > 0 && `${held} more held back: ${doubts[doubt].held}`,
    left > 0 && `${sandboxes(left)} more follow in the next run.`,
    turnedAway > 0 &&
      `The host names ${turnedAway} more that nobody knows: so many are left aside, and its agent should be looked at.`,
  ]
    .filter(Boolean)
    .join(' ');
}

const sandboxes = (count: number): string => (count === 1 ? '1 sandbox' : `${count} sandboxes`);
