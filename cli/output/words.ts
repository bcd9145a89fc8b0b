/** An enum value as a word: `RESTART_PENDING` becomes `restart pending`. */
export const enumWord = (names: Readonly<Record<number, string>>, value: number): string =>
  (names[value] ?? String(value)).toLowerCase().replaceAll('_', ' ');

/** A count with its noun: `1 host`, `2 sandboxes`. */
export const sayCount = (count: number, noun: string): string =>
  `${count} ${count === 1 ? noun : `${noun}${noun.endsWith('x') ? 'es' : 's'}`}`;
