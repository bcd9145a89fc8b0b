import type { Sql } from '../database/index.ts';
import { notFound, wrongState } from '../errors.ts';
import { holdSnapshot } from './store.ts';

const snapshotId = /^snap[0-9a-z]{12,}$/;

/** The layers of a snapshot of the team, bottom first; undefined where that is not the id of one. Throws `not_found`, WRONG_STATE. */
export async function snapshotLayers(sql: Sql, teamId: string, id: string): Promise<readonly string[] | undefined> {
  if (!snapshotId.test(id)) return undefined;
  const snapshot = await holdSnapshot(sql, teamId, id);
  if (!snapshot) throw notFound('snapshot');
  if (snapshot.state === 'creating')
    throw wrongState('This snapshot is still being made.', 'Repeat the call in a moment.');
  if (snapshot.state === 'failed') throw wrongState(`This snapshot has failed: ${snapshot.reason}`, 'Take a new one.');
  return snapshot.layers;
}
