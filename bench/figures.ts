/** Times of a repeated act, in milliseconds. */
export interface Times {
  readonly p50: number;
  readonly p99: number;
}

/** How long one thing takes, in milliseconds. */
export async function timeOf(act: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await act();
  return performance.now() - begin;
}

/**
 * Does two things again and again, by turns, so that whatever else happens on the machine meets both alike. The first
 * tenth is not counted.
 */
export async function timeByTurns(
  count: number,
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<{ readonly one: Times; readonly other: Times }> {
  const times: { one: number; other: number }[] = [];
  const unwarmed = Math.ceil(count / 10);
  for (let index = 0; index < count + unwarmed; index += 1) times.push({ one: await one(), other: await other() });
  const counted = times.slice(unwarmed);
  return { one: summarise(counted.map((turn) => turn.one)), other: summarise(counted.map((turn) => turn.other)) };
}

/**
 * The same by spells of so many: each does the same again and again for a while, as it does where it is used, and finds
 * in the processor's caches what it has left there itself.
 */
export async function timeBySpells(
  spells: number,
  length: number,
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<{ readonly one: Times; readonly other: Times }> {
  const times = { one: [] as number[], other: [] as number[] };
  for (let spell = 0; spell < spells; spell += 1) {
    for (let index = 0; index < length; index += 1) times.one.push(await one());
    for (let index = 0; index < length; index += 1) times.other.push(await other());
  }
  return { one: summarise(times.one), other: summarise(times.other) };
}

/** The median and the slowest hundredth. */
export function summarise(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** A figure beside what it is held against. */
export interface Verdict {
  readonly what: string;
  readonly measured: string;
  /** The raw figure of the same run, and the ratio to it. */
  readonly baseline: string;
  readonly limit: string;
  /** Undefined where this machine lacks what it would be measured against. */
  readonly ok: boolean | undefined;
}

/** A table of verdicts. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = [
    ['', 'MEASURED', 'BASELINE', 'LIMIT', ''],
    ...verdicts.map(({ what, measured, baseline, limit, ok }) => [
      what,
      measured,
      baseline,
      limit,
      ok === undefined ? 'not measured' : ok ? '✓' : '✗ missed',
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

export const sayMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
export const sayTimes = ({ p50, p99 }: Times): string => `p50 ${sayMs(p50)}, p99 ${sayMs(p99)}`;
export const sayRatio = (ratio: number): string => `${ratio.toFixed(2)} ×`;
