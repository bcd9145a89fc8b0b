import type { UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import { notAllowed, notFound, wrongState } from '../errors.ts';
import { announce } from '../events/index.ts';
import { removeSecondFactor } from '../second-factor/index.ts';
import { findPerson } from '../users/index.ts';
import { mailNotice } from './notice-mail.ts';
import { revokePendingSignIns } from './pending-store.ts';
import { revokeOtherSessions } from './store.ts';

/** Takes the second factor of somebody who lost it away, and ends their sessions. Answers how many passkeys there were. */
export async function resetSecondFactor(
  context: Context,
  caller: UserCaller,
  { userId, reason }: { userId: string; reason: string },
): Promise<number> {
  if (userId === caller.userId)
    throw notAllowed(
      'You cannot reset your own second factor: remove it on your account page, or ask another platform admin.',
    );
  return context.transaction(async (sql) => {
    if (!(await findPerson(sql, userId))) throw notFound('user');
    const removed = await removeSecondFactor(sql, context, userId, reason.trim());
    if (removed.passkeys + removed.recoveryCodes === 0) throw wrongState('This user has no second factor.');
    await revokePendingSignIns(sql, userId);
    const ended = (await revokeOtherSessions(sql, userId, '')).map(({ id }) => id);
    await mailNotice(sql, context, userId, 'second_factor_reset');
    await announce(sql, 'session', ended);
    return removed.passkeys;
  });
}
