import type { Context } from '../context.ts';
import type { AuditEntry } from './record.ts';

/** Something sensitive that was read or used, or that somebody tried who may not. */
export interface Use {
  readonly action: string;
  readonly target: string | undefined;
  /** Where it is not said, it is the team of the sandbox that is the target; null is no team. */
  readonly teamId?: string | null | undefined;
  /** Why it was refused; nothing where it was not. */
  readonly denied?: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** Who uses something, and from where. */
export type By = Pick<Context, 'caller' | 'origin'>;

/** What one caller did with one thing, or tried, within a minute. */
export interface Tally {
  readonly by: By;
  readonly use: Use;
  readonly endsAt: number;
  /** As long as the row of the first use is on its way. */
  writing: Promise<void> | undefined;
  teamId: string | null;
  /** Uses after the first. */
  more: number;
  readonly details: Map<string, Set<string>>;
}

/** So many different values of a detail are told: which files were read, for instance. */
const mostValues = 20;

export const newTally = ({ caller, origin }: By, use: Use, endsAt: number): Tally => ({
  by: { caller, origin },
  use,
  endsAt,
  writing: undefined,
  teamId: null,
  more: 0,
  details: new Map(),
});

/** Counts a use after the first. */
export function addUse(tally: Tally, { details = {} }: Use): void {
  tally.more += 1;
  for (const [name, value] of Object.entries(details)) {
    const values = tally.details.get(name) ?? new Set();
    tally.details.set(name, values);
    if (values.size < mostValues) values.add(value);
    else if (!values.has(value)) values.add('…');
  }
}

export const firstEntry = ({ use, teamId }: Tally): AuditEntry => ({
  action: use.action,
  teamId,
  ...(use.denied !== undefined && { outcome: 'denied', reason: use.denied }),
  ...(use.target !== undefined && { target: use.target }),
  ...(use.details && { after: use.details }),
});

export const restEntry = (tally: Tally): AuditEntry => ({
  ...firstEntry(tally),
  after: { furtherTimes: tally.more, ...Object.fromEntries([...tally.details].map(([name, set]) => [name, [...set]])) },
});
