import { boundHostOf } from '../access/index.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { visibilityOf } from '../hosts/index.ts';
import type { Snapshot } from './snapshot.ts';
import { findSnapshot } from './store.ts';

/** The snapshot, if the caller may see it. Throws `not_found` otherwise. */
export async function visibleSnapshot(context: Context, id: string, alsoDeleted = false): Promise<Snapshot> {
  const snapshot = await findSnapshot(context.sql, id, alsoDeleted);
  const { all, teamIds } = visibilityOf(context.caller);
  const bound = boundHostOf(context.caller);
  const sees =
    snapshot && (all || teamIds.includes(snapshot.teamId)) && (bound === undefined || bound === snapshot.hostId);
  if (!sees) throw notFound('snapshot');
  return snapshot;
}
