import type { ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';
import { keyStateOf, keyStateWords, type KeyStateWord } from './states.ts';

/** What the address of a page of keys says. */
export interface KeySearch {
  readonly q?: string | undefined;
  readonly state?: KeyStateWord | undefined;
  /** Also keys that have ended. */
  readonly ended?: 'shown' | undefined;
  /** The key that is shown whole. */
  readonly key?: string | undefined;
  readonly dialog?: 'mint' | undefined;
}

export const parseKeySearch = (raw: RawSearch): KeySearch => ({
  q: searchText(raw, 'q'),
  state: searchWord(raw, 'state', keyStateWords),
  ended: searchWord(raw, 'ended', ['shown']),
  key: searchText(raw, 'key'),
  dialog: searchWord(raw, 'dialog', ['mint']),
});

/** Whether a key passes. Its name, its prefix, its id and its maker's name are searched. */
export function passes(key: ApiKey, { q = '', state }: KeySearch, nowMs: number): boolean {
  if (state !== undefined && keyStateOf(key, nowMs) !== state) return false;
  const text = q.toLowerCase();
  return [key.name, key.prefix, key.id, key.createdByName].some((value) => value.toLowerCase().includes(text));
}
