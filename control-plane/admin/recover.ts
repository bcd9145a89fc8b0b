import { createResetLinkForLostAdmin } from '../auth/index.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { emailKey, findSignIn } from '../users/index.ts';

/** Gives a lost admin their way back: the account runs the installation, and a link sets its password. */
export async function recover(context: Context, email: string): Promise<object> {
  const found = await findSignIn(context.sql, emailKey(email));
  if (!found) throw notFound('account');
  const { link, expiresAt } = await createResetLinkForLostAdmin(context, found.id);
  return { userId: found.id, resetLink: link.reveal(), expiresAt };
}
