import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { unauthenticated } from '../errors.ts';
import {
  countFactors,
  lockSecondFactor,
  recordUse,
  spendRecoveryCode,
  verifyAssertion,
} from '../second-factor/index.ts';
import { admitAttempt } from './attempts.ts';
import { requirePendingSignIn, type Waiting } from './pending-sign-ins.ts';
import { usePendingSignIn } from './pending-store.ts';
import { openSession, type OpenedSession } from './sessions.ts';

/** With what the second step is done. */
export type Factor =
  | { readonly how: 'passkey'; readonly responseJson: string }
  | { readonly how: 'recovery_code'; readonly code: string };

/** Proves a factor inside a transaction. Answers why not; nothing was changed then. */
type Proof = (sql: Sql) => Promise<string | undefined>;

/**
 * The second step of a sign-in. Guesses count against the account as seen from one network, whatever the password step
 * counted: only who knows the password gets here, and they slow nobody else down.
 */
export async function completeLogIn(
  context: Context,
  cookies: string | null,
  factor: Factor,
): Promise<{ session: OpenedSession; recoveryCodesLeft: number }> {
  const waiting = await requirePendingSignIn(context, cookies);
  const { userId } = waiting;
  const attempt = await admitAttempt(context, `second factor of ${userId}`);
  const prove = await proofOf(context, waiting, factor);
  const done = await context.transaction(async (sql) => {
    await lockSecondFactor(sql, userId);
    const refused = await prove(sql);
    if (refused !== undefined) {
      await recordAudit(sql, context, {
        action: 'sign_in.complete',
        target: userId,
        outcome: 'denied',
        after: { how: factor.how, pending: waiting.id },
        reason: refused,
      });
      return undefined;
    }
    // Of two at once, one goes on; the other leaves its code unused.
    if ((await usePendingSignIn(sql, waiting.id)).length === 0) throw unauthenticated();
    const { recoveryCodes: recoveryCodesLeft } = await countFactors(sql, userId);
    if (factor.how === 'recovery_code')
      await recordAudit(sql, context, {
        action: 'recovery_code.use',
        target: userId,
        after: { left: recoveryCodesLeft },
      });
    const { userAgent } = context.origin;
    return { session: await openSession(sql, context, { userId, userAgent, how: factor.how }), recoveryCodesLeft };
  });
  if (!done) throw unauthenticated();
  await attempt.succeeded();
  return done;
}

async function proofOf(context: Context, { id: askerId, userId }: Waiting, factor: Factor): Promise<Proof> {
  if (factor.how === 'recovery_code')
    return async (sql) =>
      (await spendRecoveryCode(sql, userId, factor.code)) ? undefined : 'The recovery code does not count.';
  const asserted = await verifyAssertion(context, { purpose: 'log_in', userId, askerId }, factor.responseJson);
  return async (sql) => (asserted ? usePasskey(sql, asserted) : 'The passkey was not accepted.');
}

/** Writes the use of a passkey. Answers why it does not count. */
export async function usePasskey(
  sql: Sql,
  { passkeyId, signCount }: { passkeyId: string; signCount: number },
): Promise<string | undefined> {
  const [used] = await recordUse(sql, passkeyId, signCount);
  return used ? undefined : `The counter of passkey ${passkeyId} went back: there may be a copy of it.`;
}
