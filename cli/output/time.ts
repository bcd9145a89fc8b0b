import { timestampDate, timestampFromMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { InvalidArgumentError } from 'commander';

const units = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** A length of time for people: its two largest units (`2 h 5 m`). */
export function sayDuration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

/** How long ago something was, or how soon it will be. Empty where it is not known. */
export function sayWhen(at: Timestamp | undefined, now = Date.now()): string {
  if (!at) return '';
  const seconds = (timestampDate(at).getTime() - now) / 1000;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds < 0 ? `${sayDuration(-seconds)} ago` : `in ${sayDuration(seconds)}`;
}

/** A moment, to be read in a terminal. */
export const sayTime = (at: Timestamp | undefined): string =>
  at
    ? timestampDate(at)
        .toISOString()
        .replace(/\.\d+Z$/, 'Z')
    : '';

/** Reads `90s`, `10m`, `1h` or `2d`, in seconds. */
export function parseDuration(text: string): { seconds: bigint } {
  const match = /^(\d+)(s|m|h|d)$/.exec(text);
  const size = units.find(([name]) => name === match?.[2])?.[1];
  if (!match || size === undefined) throw new InvalidArgumentError('Give a length of time such as 90s, 10m, 1h or 2d.');
  return { seconds: BigInt(Number(match[1]) * size) };
}

/** Reads a moment that is to come: a date, a time, or after how long. */
export function parseComing(text: string): Timestamp {
  if (!/^\d{4}-/.test(text)) return timestampFromMs(Date.now() + Number(parseDuration(text).seconds) * 1000);
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Give a date, a time such as 2026-01-31T12:00Z, or a length such as 2d.');
  return timestampFromMs(ms);
}
