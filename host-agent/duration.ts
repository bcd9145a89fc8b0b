const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads a length of time as people write it (`500ms`, `90s`, `10m`, `1h`), in milliseconds; `never` is Infinity. */
export function parseDuration(text: string): number | undefined {
  if (text === 'never') return Number.POSITIVE_INFINITY;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * units[match[2] as keyof typeof units] : undefined; // the pattern admits only these
}

/** Writes a length of time as people say it: "10 minutes". */
export function sayDuration(ms: number): string {
  const [size, word] = ms >= 3_600_000 ? [3_600_000, 'hour'] : ms >= 60_000 ? [60_000, 'minute'] : [1000, 'second'];
  const count = Math.round((ms / size) * 10) / 10;
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
