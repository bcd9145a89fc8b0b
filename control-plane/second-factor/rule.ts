import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { wrongState } from '../errors.ts';
import { requireRelyingParty } from './relying-party.ts';
import { findRule, lockRule, setRule, type InstallationRule } from './rule-store.ts';
import { countFactors } from './store.ts';

/**
 * Throws where somebody who wants to require a second factor of others has no passkey: that they have one shows that
 * passkeys work here, and keeps them from shutting themselves out.
 */
export async function requireOwnPasskey(
  { sql, publicUrl }: Pick<Context, 'sql' | 'publicUrl'>,
  caller: UserCaller,
): Promise<void> {
  requireRelyingParty(publicUrl);
  const { passkeys } = await countFactors(sql, caller.userId);
  if (passkeys > 0) return;
  throw wrongState(
    'You have no passkey yourself.',
    'Add one on your account page first; then require a second factor of others.',
  );
}

/** Requires a second factor of everybody on this installation, or no longer. */
export async function changeRule(context: Context, caller: UserCaller, required: boolean): Promise<InstallationRule> {
  if (required) await requireOwnPasskey(context, caller);
  return context.transaction(async (sql) => {
    const before = await lockRule(sql);
    if (before !== required) {
      await setRule(sql, required);
      await recordAudit(sql, context, {
        action: 'second_factor.require',
        target: context.installation.id,
        before: { required: before },
        after: { required },
      });
    }
    return findRule(sql);
  });
}
