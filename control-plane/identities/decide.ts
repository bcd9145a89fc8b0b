import { userOf, type UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { attempt } from '../credentials/index.ts';
import type { Sql } from '../database/index.ts';
import { notAllowed, notFound } from '../errors.ts';
import { requireAllowed } from '../state-rules.ts';
import { lockTeam, memberRole, requireStill } from '../teams/index.ts';
import { approvalActions, secondPersonRefusal, type Approval } from './approval.ts';
import { decideApproval } from './approval-store.ts';
import { visibleApproval } from './find.ts';
import { approvalLifeMs } from './second-person.ts';

/** Approves a request: its maker repeats the call to have it carried out. */
export const approve = (context: Context, approval: Approval, dryRun: boolean): Promise<Approval> =>
  decide(context, approval, { state: 'approved', dryRun }, async (sql, present, { userId, platformAdmin }) => {
    requireAllowed(approvalActions.approve, present.state);
    const role = await memberRole(sql, present.teamId, userId);
    const refusal = secondPersonRefusal(present, { userId, role, platformAdmin });
    if (refusal !== undefined) throw notAllowed(refusal, present.teamId);
  });

/** Rejects a request, also one that was approved and not yet carried out. */
export const reject = (context: Context, approval: Approval, dryRun: boolean): Promise<Approval> =>
  decide(context, approval, { state: 'rejected', dryRun }, async (sql, present) => {
    requireAllowed(approvalActions.reject, present.state);
    await requireStill(sql, context, 'approval.reject', present.teamId);
  });

function decide(
  context: Context,
  { id, teamId }: Approval,
  { state, dryRun }: { state: 'approved' | 'rejected'; dryRun: boolean },
  requireRight: (sql: Sql, present: Approval, caller: UserCaller) => Promise<void>,
): Promise<Approval> {
  const caller = userOf(context.caller);
  return attempt(context, dryRun, async (sql) => {
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
