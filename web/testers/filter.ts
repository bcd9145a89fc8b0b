import { TesterState } from '#proto/muster/v1/tester_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';

/** States as they stand in the address. */
export const stateWords = {
  underway: TesterState.PROVISIONING,
  ready: TesterState.READY,
  failed: TesterState.FAILED,
  going: TesterState.REMOVING,
  stuck: TesterState.REMOVAL_FAILED,
} as const;
export type StateWord = keyof typeof stateWords;
export const stateWordsInOrder = Object.keys(stateWords) as StateWord[]; // the table's own keys

/** What the address of the list says. */
export interface TestersSearch {
  readonly q?: string | undefined;
  readonly state?: StateWord | undefined;
  readonly dialog?: 'add' | 'import' | undefined;
}

/** The server searches for at most 100 characters. */
export const parseTestersSearch = (raw: RawSearch): TestersSearch => ({
  q: searchText(raw, 'q')?.slice(0, 100),
  state: searchWord(raw, 'state', stateWordsInOrder),
  dialog: searchWord(raw, 'dialog', ['add', 'import']),
});
