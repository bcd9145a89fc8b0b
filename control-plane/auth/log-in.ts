import { unauthenticated } from '../errors.ts';
import type { Context } from '../context.ts';
import { emailKey, findSignIn, passwordMatches } from '../users/index.ts';
import { admitAttempt } from './attempts.ts';
import { openSession, type OpenedSession } from './sessions.ts';

/** Signs in by email and password. One answer, after the same time, for every cause of a refusal. */
export async function logIn(
  context: Context,
  { email, password }: { email: string; password: string },
): Promise<OpenedSession> {
  const key = emailKey(email);
  const attempt = await admitAttempt(context, key);
  const user = await findSignIn(context.sql, key);
  const matches = await passwordMatches(user?.passwordHash, password);
  if (!user?.active || !matches) throw unauthenticated();
  await attempt.succeeded();
  return context.transaction((sql) =>
    openSession(sql, context, { userId: user.id, userAgent: context.origin.userAgent, how: 'password' }),
  );
}
