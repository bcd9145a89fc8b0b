import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { conflict } from '../errors.ts';
import { announce } from '../events/index.ts';
import { gatherCockpit, type Cockpit } from './gather.ts';
import { recordVisit, type Visit } from './visit-store.ts';

/** Notes up to when the caller has seen what changed; answers what is left. Throws CONFLICT where they have done so elsewhere. */
export function markSeen(context: Context, caller: UserCaller, teamId: string, seen: Visit): Promise<Cockpit> {
  const { userId } = caller;
  return context.transaction(async (sql) => {
    // Only for members, before anything is written.
    const before = await gatherCockpit(sql, caller, teamId);
    if (!(await recordVisit(sql, { userId, teamId, ...seen })))
      throw conflict('You have said so from somewhere else meanwhile. Look again at what is left.');
    await recordAudit(sql, context, {
      action: 'cockpit.seen',
      target: userId,
      teamId,
      before: { visit: before.visit },
    });
    await announce(sql, 'visit', [userId]);
    return gatherCockpit(sql, caller, teamId);
  });
}
