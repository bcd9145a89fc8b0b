import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Snapshot } from './snapshot.ts';
import { markDeleted } from './store.ts';

/** Deletes a snapshot. What it was made of is removed everywhere once nothing stands on it. Idempotent. */
export function deleteSnapshot(
  context: Context,
  { id, teamId, name }: Pick<Snapshot, 'id' | 'teamId' | 'name'>,
): Promise<void> {
  return context.transaction(async (sql) => {
    if (await markDeleted(sql, id))
      await recordAudit(sql, context, { action: 'snapshot.delete', target: id, teamId, before: { name } });
  });
}
