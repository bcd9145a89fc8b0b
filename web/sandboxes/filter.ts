import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { toMs } from '../live/server-time.ts';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';
import { sandboxStateWords, type SandboxStateWord } from './states.ts';

/** What the address of the sandbox list says. */
export interface SandboxFilter {
  readonly state?: SandboxStateWord | undefined;
  readonly host?: string | undefined;
  /** Who created it, by name. */
  readonly owner?: string | undefined;
  /** A key of its metadata, or `key=value`. */
  readonly label?: string | undefined;
  /** Nothing has happened in it for so long. */
  readonly idle?: IdleWord | undefined;
  /** Only those whose work is silent. */
  readonly silent?: true | undefined;
  readonly q?: string | undefined;
  /** Also those that have ended. */
  readonly ended?: true | undefined;
  readonly dialog?: 'create' | undefined;
  /** With the dialog: what it is made from. */
  readonly from?: string | undefined;
}

const minute = 60_000;

/** How long nothing may have happened, as it stands in the address. */
export const idleChoices = {
  '10m': { ms: 10 * minute, word: 'Idle for 10 minutes' },
  '1h': { ms: 60 * minute, word: 'Idle for an hour' },
  '12h': { ms: 720 * minute, word: 'Idle for 12 hours' },
  '1d': { ms: 1440 * minute, word: 'Idle for a day' },
  '7d': { ms: 10_080 * minute, word: 'Idle for 7 days' },
} as const;
export type IdleWord = keyof typeof idleChoices;

const stateWords = Object.keys(sandboxStateWords) as SandboxStateWord[]; // the keys of the table that the type is made of
const idleWords = Object.keys(idleChoices) as IdleWord[]; // likewise

export const parseSandboxFilter = (raw: RawSearch): SandboxFilter => ({
  state: searchWord(raw, 'state', stateWords),
  host: searchText(raw, 'host'),
  owner: searchText(raw, 'owner'),
  label: searchText(raw, 'label'),
  idle: searchWord(raw, 'idle', idleWords),
  silent: raw['silent'] === true ? true : undefined,
  q: searchText(raw, 'q'),
  ended: raw['ended'] === true ? true : undefined,
  dialog: searchWord(raw, 'dialog', ['create']),
  from: searchText(raw, 'from'),
});

/** Whether a filter leaves anything out, beside what has ended. */
export const narrows = ({ state, host, owner, label, idle, silent, q }: SandboxFilter): boolean =>
  [state, host, owner, label, idle, silent, q].some((one) => one !== undefined);

/** Whether a sandbox passes all but the state. The text is looked for in id, name, metadata (`key=value`), template and host. */
export function passesBesidesState(sandbox: Sandbox, filter: SandboxFilter, nowMs: number): boolean {
  const { host, owner, label, idle, silent, q, ended } = filter;
  // A failure stays in sight until the list is opened anew; what was destroyed is gone as wanted.
  if (sandbox.observed === ObservedState.DESTROYED && ended !== true) return false;
  if (host !== undefined && sandbox.hostId !== host) return false;
  if (owner !== undefined && sandbox.createdBy !== owner) return false;
  if (label !== undefined && !hasLabel(sandbox, label)) return false;
  if (idle !== undefined && nowMs - lastUseMs(sandbox) < idleChoices[idle].ms) return false;
  if (silent === true && sandbox.silentSince === undefined) return false;
  if (q === undefined) return true;
  return [sandbox.id, sandbox.template, sandbox.hostName, ...labelsOf(sandbox)].some((text) =>
    text.toLowerCase().includes(q.toLowerCase()),
  );
}

/** Whether a sandbox passes. */
export const passesSandboxFilter = (sandbox: Sandbox, filter: SandboxFilter, nowMs: number): boolean =>
  passesBesidesState(sandbox, filter, nowMs) &&
  (filter.state === undefined || sandbox.observed === sandboxStateWords[filter.state]);

/** A sandbox's metadata as `key=value`. */
export const labelsOf = ({ metadata }: Sandbox): string[] =>
  Object.entries(metadata).map(([key, value]) => `${key}=${value}`);

const hasLabel = (sandbox: Sandbox, label: string): boolean =>
  Object.hasOwn(sandbox.metadata, label) || labelsOf(sandbox).includes(label);

/** When something last happened in it; where nothing has, when it was made. */
const lastUseMs = (sandbox: Sandbox): number => toMs(sandbox.lastActivityAt) ?? toMs(sandbox.createdAt) ?? 0;
