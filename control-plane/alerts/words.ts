import { count, enumerate } from '../fleet/index.ts';

const named = 3;

/** `build-1`, `build-1 and build-2`, `build-1, build-2, build-3 and 4 more machines`. */
export function sayNames(
  names: readonly string[],
  others: 'more machine' | 'more sandbox' | 'more replica' = 'more machine',
): string {
  const distinct = [...new Set(names)];
  const rest = distinct.length - named;
  if (rest <= 0) return enumerate(distinct);
  return enumerate([...distinct.slice(0, named), count(rest, others)]);
}

/** `is` for one, `are` for several. */
export const areIn = (names: readonly string[], one: string, many: string): string =>
  new Set(names).size === 1 ? one : many;

const units = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1000, 'second'],
] as const;

/** `30 minutes`, `1 hour`: the largest unit that it is a whole number of. */
export function sayLength(ms: number): string {
  const [unitMs, unit] = units.find(([length]) => ms >= length && ms % length === 0) ?? [1000, 'second'];
  return count(ms / unitMs, unit);
}
