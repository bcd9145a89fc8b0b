import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { withdrawMail } from '../mail/index.ts';
import { revokeInvite } from './store.ts';

/** Ends an open invite. Idempotent. */
export function endInvite(context: Context, inviteId: string, teamId: string): Promise<void> {
  return context.transaction(async (sql) => {
    const ended = await revokeInvite(sql, inviteId);
    if (ended.length === 0) return;
    await withdrawMail(sql, [inviteId]);
    await recordAudit(sql, context, { action: 'invite.revoke', target: inviteId, teamId });
  });
}
