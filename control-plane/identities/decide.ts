import { userOf, type UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notAllowed, notFound } from '../errors.ts';
import { requireAllowed } from '../state-rules.ts';
import { countOwners, lockTeam, memberRole } from '../teams/index.ts';
import { approvalActions, type Approval } from './approval.ts';
import { decideApproval } from './approval-store.ts';
import { visibleApproval } from './find.ts';
import { approvalLifeMs } from './second-person.ts';

/** Approves a request: its maker repeats the call to have it carried out. */
export const approve = (context: Context, approval: Approval): Promise<Approval> =>
  decide(context, approval, 'approved', async (sql, present, caller) => {
    requireAllowed(approvalActions.approve, present.state);
    if (caller.userId === present.requestedBy)
      throw notAllowed('You asked for this yourself: a second person has to approve it.');
    if ((await memberRole(sql, present.teamId, caller.userId)) === 'owner') return;
    if (!caller.platformAdmin) throw notAllowed('Only an owner of the team may approve this.');
    if ((await countOwners(sql, present.teamId)) > 1)
      throw notAllowed('This team has more than one owner: one of them has to approve this.');
  });

/** Rejects a request, also one that was approved and not yet carried out. */
export const reject = (context: Context, approval: Approval): Promise<Approval> =>
  decide(context, approval, 'rejected', async (_sql, present) => requireAllowed(approvalActions.reject, present.state));

function decide(
  context: Context,
  { id, teamId }: Approval,
  state: 'approved' | 'rejected',
  requireRight: (sql: Sql, present: Approval, caller: UserCaller) => Promise<void>,
): Promise<Approval> {
  const caller = userOf(context.caller);
  return context.transaction(async (sql) => {
    // Two who decide at once come one after the other, and nobody joins or leaves in between.
    if (!(await lockTeam(sql, teamId))) throw notFound('request');
    const present = await visibleApproval(context, id, sql);
    await requireRight(sql, present, caller);
    await decideApproval(sql, id, { state, by: caller.userId, lifeMs: approvalLifeMs });
    await recordAudit(sql, context, {
      action: state === 'approved' ? 'approval.approve' : 'approval.reject',
      target: id,
      teamId,
      after: { operation: present.operation, identity: present.identityId ?? present.identityName },
    });
    return visibleApproval(context, id, sql);
  });
}
