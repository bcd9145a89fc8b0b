import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AuditOutcome, type AuditFilterSchema } from '#proto/muster/v1/audit_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';

/** What the address of the audit says. */
export interface AuditSearch {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: OutcomeWord | undefined;
  readonly range?: RangeWord | undefined;
  /** Only the active team's rows, for those who see all. */
  readonly team?: 'active' | undefined;
  /** The row that is shown whole. */
  readonly event?: string | undefined;
  readonly dialog?: 'export' | 'verify' | undefined;
}

export const outcomeWords = {
  done: AuditOutcome.DONE,
  denied: AuditOutcome.DENIED,
  failed: AuditOutcome.FAILED,
} as const;
export type OutcomeWord = keyof typeof outcomeWords;

const hourMs = 3_600_000;
export const ranges = { hour: hourMs, day: 24 * hourMs, week: 7 * 24 * hourMs, month: 30 * 24 * hourMs } as const;
export type RangeWord = keyof typeof ranges;

const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>) => Object.keys(table) as Key[]; // the keys that the type is made of

export const parseAuditSearch = (raw: RawSearch): AuditSearch => ({
  actor: searchText(raw, 'actor'),
  action: actionPrefix(searchText(raw, 'action') ?? ''),
  target: searchText(raw, 'target'),
  outcome: searchWord(raw, 'outcome', keysOf(outcomeWords)),
  range: searchWord(raw, 'range', keysOf(ranges)),
  team: searchWord(raw, 'team', ['active']),
  event: searchText(raw, 'event'),
  dialog: searchWord(raw, 'dialog', ['export', 'verify']),
});

/** What an action can begin with; what cannot stand in one is left out. */
export const actionPrefix = (text: string): string | undefined =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z_.]/g, '')
    .slice(0, 100) || undefined;

/** Whether the address leaves out any row. */
export const isNarrowed = ({ actor, action, target, outcome, range }: AuditSearch): boolean =>
  [actor, action, target, outcome, range].some((value) => value !== undefined);

/** The conditions as the server takes them. `now` in milliseconds. */
export function filterOf(search: AuditSearch, now: number): MessageInitShape<typeof AuditFilterSchema> {
  const { actor, action, target, outcome, range } = search;
  return {
    actor,
    actionPrefix: action,
    target,
    outcomes: outcome ? [outcomeWords[outcome]] : [],
    since: range ? timestampFromMs(now - ranges[range]) : undefined,
  };
}
