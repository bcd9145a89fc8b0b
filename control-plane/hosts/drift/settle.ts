import type { Context } from '../../context.ts';
import { recordAudit } from '../../audit/index.ts';
import { wrongState } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import { fleetCondition } from '../condition/index.ts';
import { beginLife, findDrift, lockDrift, openWindow, type Drift } from './store.ts';

const windowMs = 3_600_000;

/** Opens the window in which hosts prove themselves by their keys, or takes the database as it is. Answers what is left of the drift. */
export function settleDrift(
  context: Context,
  { decision, reason }: { decision: 'open_window' | 'accept'; reason: string },
): Promise<Drift | undefined> {
  return context.transaction(async (sql) => {
    if (!(await lockDrift(sql)))
      throw wrongState('The database is as new as anything that hosts have seen: there is nothing to settle.');
    if (decision === 'open_window') await openWindow(sql, windowMs);
    else await beginLife(sql);
    await recordAudit(sql, context, { action: `drift.${decision}`, reason });
    await announce(sql, 'condition', [fleetCondition]);
    await announce(sql, 'connection', ['*']);
    return findDrift(sql);
  });
}
