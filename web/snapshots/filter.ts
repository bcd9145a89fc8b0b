import type { Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import { searchText, type RawSearch } from '../parts/search.ts';

/** What the address of the snapshots' page says. */
export interface SnapshotSearch {
  readonly q?: string | undefined;
  /** Only of this sandbox. */
  readonly sandbox?: string | undefined;
  /** The one that is open. */
  readonly snapshot?: string | undefined;
}

export const parseSnapshotSearch = (raw: RawSearch): SnapshotSearch => ({
  q: searchText(raw, 'q'),
  sandbox: searchText(raw, 'sandbox'),
  snapshot: searchText(raw, 'snapshot'),
});

/** Whether a snapshot passes. The text is looked for in name, ids, template and who made it. */
export function passesSnapshotFilter(snapshot: Snapshot, { q, sandbox }: SnapshotSearch): boolean {
  if (sandbox !== undefined && snapshot.sandboxId !== sandbox) return false;
  if (q === undefined) return true;
  return [snapshot.name, snapshot.id, snapshot.sandboxId, snapshot.template, snapshot.createdBy].some((text) =>
    text.toLowerCase().includes(q.toLowerCase()),
  );
}
