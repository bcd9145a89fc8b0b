import { searchWord, type RawSearch } from '../parts/search.ts';

/** What the address of the team's page says. */
export interface TeamSearch {
  readonly dialog?: 'invite' | 'create' | undefined;
}

export const parseTeamSearch = (raw: RawSearch): TeamSearch => ({
  dialog: searchWord(raw, 'dialog', ['invite', 'create']),
});
