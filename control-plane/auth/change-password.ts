import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { conflict, unauthenticated } from '../errors.ts';
import { announce } from '../events/index.ts';
import { findPasswordHash, hashPassword, passwordMatches, replacePasswordHash } from '../users/index.ts';
import { admitAttempt } from './attempts.ts';
import { mailNotice } from './notice-mail.ts';
import { revokePendingSignIns } from './pending-store.ts';
import { revokeResetTokens } from './reset-store.ts';
import { revokeOtherSessions } from './store.ts';

/** Changes the caller's password and ends all their sessions but this one. */
export async function changePassword(
  context: Context,
  caller: UserCaller,
  passwords: { current: string; next: string },
): Promise<void> {
  const attempt = await admitAttempt(context, caller.userId);
  const present = await findPasswordHash(context.sql, caller.userId);
  if (present === undefined || !(await passwordMatches(present, passwords.current))) throw unauthenticated();
  await attempt.succeeded();
  const next = await hashPassword(passwords.next);
  await context.transaction(async (sql) => {
    const changed = await replacePasswordHash(sql, caller.userId, present, next);
    if (changed.length === 0) throw conflict('The password was changed elsewhere at the same time.');
    await revokePendingSignIns(sql, caller.userId);
    await revokeResetTokens(sql, caller.userId);
    const ended = (await revokeOtherSessions(sql, caller.userId, caller.credentialId)).map(({ id }) => id);
    await recordAudit(sql, context, {
      action: 'password.change',
      target: caller.userId,
      after: { endedSessions: ended },
    });
    await mailNotice(sql, context, caller.userId, 'password_changed');
    await announce(sql, 'session', ended);
  });
}
