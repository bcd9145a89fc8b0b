import { unauthenticated } from '../errors.ts';
import type { Context } from '../context.ts';
import { countFactors, lockSecondFactor } from '../second-factor/index.ts';
import { emailKey, findSignIn, passwordMatches } from '../users/index.ts';
import { admitAttempt } from './attempts.ts';
import { openPendingSignIn, type PendingSignIn } from './pending-sign-ins.ts';
import { openSession, type OpenedSession } from './sessions.ts';

/** What the right password leads to: a session, or the second step where the account has a second factor. */
export type FirstStep = { readonly session: OpenedSession } | { readonly pending: PendingSignIn };

/** Signs in by email and password. One answer, after the same time, for every cause of a refusal. */
export async function logIn(
  context: Context,
  { email, password }: { email: string; password: string },
): Promise<FirstStep> {
  const key = emailKey(email);
  const attempt = await admitAttempt(context, key);
  const user = await findSignIn(context.sql, key);
  const matches = await passwordMatches(user?.passwordHash, password);
  if (!user?.active || !matches) throw unauthenticated();
  await attempt.succeeded();
  return context.transaction(async (sql) => {
    // A first passkey that is being added either comes before, or ends the session that is opened here.
    await lockSecondFactor(sql, user.id);
    const { passkeys, recoveryCodes } = await countFactors(sql, user.id);
    if (passkeys + recoveryCodes === 0) {
      const { userAgent } = context.origin;
      return { session: await openSession(sql, context, { userId: user.id, userAgent, how: 'password' }) };
    }
    const pending = await openPendingSignIn(sql, context, user.id);
    return { pending: { ...pending, passkey: passkeys > 0, recoveryCode: recoveryCodes > 0 } };
  });
}
