import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import { openSession, type OpenedSession } from '../auth/index.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { lockInstallation } from '../installation/index.ts';
import { createUser, hashPassword, hasPlatformAdmin } from '../users/index.ts';
import { useSetupToken } from './store.ts';
import { requireSetupToken } from './tokens.ts';

/** Makes the first admin with a team of their own and signs them in. Of two at once, one does. */
export async function completeSetup(
  context: Context,
  { setupToken, name, email, password }: { setupToken: string; name: string; email: string; password: string },
): Promise<OpenedSession> {
  if (await hasPlatformAdmin(context.sql)) throw setupDone();
  // Checked before the password is hashed: nobody without a token may make the server work.
  await requireSetupToken(context.sql, setupToken);
  const passwordHash = await hashPassword(password);
  return context.transaction(async (sql) => {
    await lockInstallation(sql);
    if (await hasPlatformAdmin(sql)) throw setupDone();
    await useSetupToken(sql, await requireSetupToken(sql, setupToken));
    const userId = await createUser(sql, context, { name, email, passwordHash, platformAdmin: true });
    await recordAudit(sql, context, { action: 'setup.complete', target: userId });
    return openSession(sql, context, { userId, userAgent: context.origin.userAgent, how: 'setup' });
  });
}

const setupDone = () =>
  new Refusal(Code.FailedPrecondition, Reason.SETUP_DONE, 'This installation was set up before.', {
    help: 'Sign in instead.',
  });
