import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';
import { sandboxStateWords, type SandboxStateWord } from './states.ts';

/** What the address of the sandbox list says. */
export interface SandboxFilter {
  readonly state?: SandboxStateWord | undefined;
  readonly host?: string | undefined;
  readonly q?: string | undefined;
  /** Also those that have ended. */
  readonly ended?: true | undefined;
  readonly dialog?: 'create' | undefined;
}

const stateWords = Object.keys(sandboxStateWords) as SandboxStateWord[]; // the keys of the table that the type is made of

export const parseSandboxFilter = (raw: RawSearch): SandboxFilter => ({
  state: searchWord(raw, 'state', stateWords),
  host: searchText(raw, 'host'),
  q: searchText(raw, 'q'),
  ended: raw['ended'] === true ? true : undefined,
  dialog: searchWord(raw, 'dialog', ['create']),
});

/** Whether a sandbox passes all but the state. The text is looked for in id, name, metadata (`key=value`), template and host. */
export function passesBesidesState(sandbox: Sandbox, { host, q, ended }: SandboxFilter): boolean {
  // A failure stays in sight until the list is opened anew; what was destroyed is gone as wanted.
  if (sandbox.observed === ObservedState.DESTROYED && ended !== true) return false;
  if (host !== undefined && sandbox.hostId !== host) return false;
  if (q === undefined) return true;
  const metadata = Object.entries(sandbox.metadata).map(([key, value]) => `${key}=${value}`);
  return [sandbox.id, sandbox.template, sandbox.hostName, ...metadata].some((text) =>
    text.toLowerCase().includes(q.toLowerCase()),
  );
}

/** Whether a sandbox passes. */
export const passesSandboxFilter = (sandbox: Sandbox, filter: SandboxFilter): boolean =>
  passesBesidesState(sandbox, filter) &&
  (filter.state === undefined || sandbox.observed === sandboxStateWords[filter.state]);
