import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { countFactors, deleteAllPasskeys, deleteRecoveryCodes, lockSecondFactor } from './store.ts';

/** Takes a user's passkeys and recovery codes away, inside the caller's transaction. Answers how many there were. */
export async function removeSecondFactor(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  userId: string,
  reason: string,
): Promise<{ passkeys: number; recoveryCodes: number }> {
  await lockSecondFactor(sql, userId);
  const before = await countFactors(sql, userId);
  await deleteAllPasskeys(sql, userId);
  await deleteRecoveryCodes(sql, userId);
  if (before.passkeys + before.recoveryCodes > 0) {
    await recordAudit(sql, context, {
      action: 'second_factor.reset',
      target: userId,
      before: { ...before },
      after: { passkeys: 0, recoveryCodes: 0 },
      reason,
    });
  }
  return before;
}
