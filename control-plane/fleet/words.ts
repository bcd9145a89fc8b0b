/** `1 commit`, `3 commits`. */
export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(parts: readonly string[]): string {
  const [last, ...others] = parts.toReversed();
  return others.length === 0 ? (last ?? '') : `${others.toReversed().join(', ')} and ${last}`;
}

const dayMs = 86_400_000;
const format = (options: Intl.DateTimeFormatOptions) => {
  const formatter = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' });
  return (at: Date) => formatter.format(at);
};
const time = format({ hour: '2-digit', minute: '2-digit' });
const weekday = format({ weekday: 'long' });
const day = format({ day: 'numeric', month: 'long' });
const date = format({ day: 'numeric', month: 'long', year: 'numeric' });

/** A moment as people say it: `14:05 UTC` within 12 hours, `Tuesday` within 6 days, `3 March`, `3 March 2025`. */
export function moment(at: Date, now: Date): string {
  const age = now.getTime() - at.getTime();
  if (age < dayMs / 2) return `${time(at)} UTC`;
  if (age < 6 * dayMs) return weekday(at);
  return at.getUTCFullYear() === now.getUTCFullYear() ? day(at) : date(at);
}
