import { searchText, searchWord, type RawSearch } from '../parts/search.ts';

/** How many days back the page shows. */
export const ranges = { week: 7, month: 30, quarter: 90 } as const;
export type Range = keyof typeof ranges;
export const rangeWords = Object.keys(ranges) as Range[]; // the table's own keys

/** What the address of the gateway's page says. */
export interface GatewaySearch {
  /** A team, by its id; all of them for admins where there is none. */
  readonly team?: string | undefined;
  /** A user, by their id. */
  readonly user?: string | undefined;
  readonly range?: Range | undefined;
  /** Also tokens that were revoked. */
  readonly ended?: 'shown' | undefined;
  readonly dialog?: 'token' | 'caps' | undefined;
}

export const parseGatewaySearch = (raw: RawSearch): GatewaySearch => ({
  team: searchText(raw, 'team'),
  user: searchText(raw, 'user'),
  range: searchWord(raw, 'range', rangeWords),
  ended: searchWord(raw, 'ended', ['shown']),
  dialog: searchWord(raw, 'dialog', ['token', 'caps']),
});
