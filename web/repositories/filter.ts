import { searchWord, type RawSearch } from '../parts/search.ts';

/** What the address of the repository list says. */
export interface RepositoryFilter {
  readonly dialog?: 'register' | undefined;
}

export const parseRepositoryFilter = (raw: RawSearch): RepositoryFilter => ({
  dialog: searchWord(raw, 'dialog', ['register']),
});
