import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { networkOf, spend } from '../limits/index.ts';
import { createUser, emailKey, hasPlatformAdmin, hashPassword } from '../users/index.ts';
import { openSession, type OpenedSession } from './sessions.ts';

/** Makes an account with a team of its own, and signs it in. */
export async function signUp(
  context: Context,
  user: { name: string; email: string; password: string },
): Promise<OpenedSession> {
  if (!(await hasPlatformAdmin(context.sql))) {
    throw new Refusal(Code.FailedPrecondition, Reason.SETUP_REQUIRED, 'This installation has no admin yet.', {
      help: 'Open the setup link that the server printed at its start.',
    });
  }
  if (context.config.signUp !== 'open') {
    throw new Refusal(
      Code.PermissionDenied,
      Reason.INVITE_REQUIRED,
      'Accounts on this installation are made by invitation.',
      {
        help: 'Ask a member of the team for an invite.',
      },
    );
  }
  await spend(context, 'sign_up', `${emailKey(user.email)} ${networkOf(context.origin.address)}`);
  const passwordHash = await hashPassword(user.password);
  return context.transaction(async (sql) => {
    const userId = await createUser(sql, context, { ...user, passwordHash, platformAdmin: false });
    return openSession(sql, context, { userId, userAgent: context.origin.userAgent, how: 'sign_up' });
  });
}
