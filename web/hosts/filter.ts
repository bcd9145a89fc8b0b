import type { Host } from '#proto/muster/v1/host_pb.js';
import { searchText, searchWord, type RawSearch } from '../parts/search.ts';
import { passesOwner } from './owner.ts';
import { hostStatusWords, type HostStatusWord } from './status.ts';

/** What the address of the host list says. */
export interface HostFilter {
  readonly status?: HostStatusWord | undefined;
  readonly q?: string | undefined;
  /** `platform`, `teams`, or a team's id. */
  readonly owner?: string | undefined;
  readonly dialog?: 'add' | undefined;
}

const statusWords = Object.keys(hostStatusWords) as HostStatusWord[]; // the keys of the table that the type is made of

export const parseHostFilter = (raw: RawSearch): HostFilter => ({
  status: searchWord(raw, 'status', statusWords),
  q: searchText(raw, 'q'),
  owner: searchText(raw, 'owner'),
  dialog: searchWord(raw, 'dialog', ['add']),
});

/** Whether a host passes. The text is looked for in name, id, labels and operating system. */
export function passesHostFilter(host: Host, { status, q, owner }: HostFilter): boolean {
  if (!passesOwner(host, owner)) return false;
  if (status !== undefined && host.status !== hostStatusWords[status]) return false;
  if (q === undefined) return true;
  const labels = Object.entries(host.labels).map(([key, value]) => `${key}=${value}`);
  return [host.name, host.id, host.specs?.os ?? '', ...labels].some((text) =>
    text.toLowerCase().includes(q.toLowerCase()),
  );
}
