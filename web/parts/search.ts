/** What stands in an address after the question mark, before anything was checked. */
export type RawSearch = Readonly<Record<string, unknown>>;

/** A text of an address; empty counts as absent. The router reads digits as numbers. */
export function searchText(raw: RawSearch, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
}

/** A word of an address, if it is one of those. */
export function searchWord<Word extends string>(
  raw: RawSearch,
  name: string,
  words: readonly Word[],
): Word | undefined {
  return words.find((word) => word === raw[name]);
}
