import type { Context } from '../../context.ts';
import { recordAudit } from '../../audit/index.ts';
import type { Sql } from '../../database/index.ts';
import { announce } from '../../events/index.ts';
import { fleetCondition } from '../condition/index.ts';
import { noteDrift } from './store.ts';

/** A host has seen more than the database knows: drift mode begins, or goes on. */
export async function noteAhead(sql: Sql, context: Context, hostId: string | null, steps: bigint): Promise<void> {
  if (!(await noteDrift(sql, hostId, steps))) return;
  const reason =
    'A host has seen a newer state than the database has: an older database was restored. Nothing is ended by itself until an operator decides.';
  await recordAudit(sql, context, { action: 'drift.begin', target: hostId ?? '', reason });
  await announce(sql, 'condition', [fleetCondition]);
  context.log.error({ hostId, steps: String(steps) }, reason);
}
