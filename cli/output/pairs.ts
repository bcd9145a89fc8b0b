import { InvalidArgumentError } from 'commander';

/** Collects options of the form `key=value`. */
export function collectPair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give it as KEY=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Collects words of an option that may come more than once. */
export const collectWord = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** Reads a number. What it may be, the control plane says. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.');
  return value;
}

/** `key=value, …`, by key. */
export const sayPairs = (pairs: Readonly<Record<string, string>>): string =>
  Object.entries(pairs)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, value]) => (value ? `${key}=${value}` : key))
    .join(', ');
