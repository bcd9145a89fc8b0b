import { searchText, type RawSearch } from '../parts/search.ts';

/** What the address of the users' list says. */
export interface UserFilter {
  readonly q?: string | undefined;
}

/** The server searches for at most 100 characters. */
export const parseUserFilter = (raw: RawSearch): UserFilter => ({ q: searchText(raw, 'q')?.slice(0, 100) });
