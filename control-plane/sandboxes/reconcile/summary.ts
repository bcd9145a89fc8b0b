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

/** One sentence for the host's page. */
export function summarise(known: number, tally: Tally, problems: readonly string[]): string {
  const done = (Object.keys(words) as (keyof Tally)[]) // the table's own keys
    .filter((key) => tally[key] > 0)
    .map((key) => `${tally[key]} ${words[key]}`);
  const subject = known === 1 ? '1 sandbox' : `${known} sandboxes`;
  const result =
    done.length === 0 ? `Compared ${subject}: all as they should be.` : `Compared ${subject}: ${done.join(', ')}.`;
  return problems.length === 0
    ? result
    : `${result} ${problems.length} could not be settled; the first one is ${problems[0]}`;
}
