import { Secret } from '#contract/secret.ts';
import { mintToken } from '#contract/token.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound, wrongState } from '../errors.ts';
import { spend } from '../limits/index.ts';
import { removeSecondFactor } from '../second-factor/index.ts';
import { findPerson, restorePlatformAdmin } from '../users/index.ts';
import { mailRecovery } from './recovery-mail.ts';
import { insertResetToken } from './reset-store.ts';

/** A link that sets a new password once. Shown, or mailed, this once. */
export interface ResetLink {
  readonly link: Secret;
  readonly expiresAt: Date;
}

/** Makes a link for a user, in the transaction of whoever needs it; it works for an hour where nothing else is said. The token stands in the fragment, which browsers send to nobody. */
export async function mintResetLink(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin' | 'publicUrl'>,
  userId: string,
  lifeMs?: number,
): Promise<ResetLink> {
  const token = mintToken('pwr');
  const { expiresAt } = await insertResetToken(sql, { id: token.id, hash: token.hash, userId, lifeMs });
  await recordAudit(sql, context, {
    action: 'password.reset_link.create',
    target: userId,
    after: { token: token.id, expiresAt },
  });
  return { link: new Secret(`${context.publicUrl}/reset#${token.secret.reveal()}`), expiresAt };
}

/** Makes a link that a platform admin hands to a user. */
export async function createResetLink(context: Context, userId: string): Promise<ResetLink> {
  await spend(context, 'mint', context.caller.actor);
  return context.transaction(async (sql) => {
    const person = await findPerson(sql, userId);
    if (!person) throw notFound('user');
    if (!person.hasPassword)
      throw wrongState('This user signs in at a sign-in service, and has no password here.', 'Nothing is to be reset.');
    if (!person.active) throw wrongState('This user is locked out.', 'Let them in again first.');
    return mintResetLink(sql, context, userId);
  });
}

/**
 * Makes an account an active platform admin without a second factor, with a link that sets its password. For whoever runs
 * the server. All platform admins hear of it.
 */
export function createResetLinkForLostAdmin(context: Context, userId: string): Promise<ResetLink> {
  return context.transaction(async (sql) => {
    await restorePlatformAdmin(sql, context, userId);
    await removeSecondFactor(sql, context, userId, 'recovered on the server');
    await mailRecovery(sql, context, userId);
    return mintResetLink(sql, context, userId);
  });
}
