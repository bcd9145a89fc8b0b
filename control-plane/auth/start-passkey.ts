import type { Context } from '../context.ts';
import { spend } from '../limits/index.ts';
import { startCeremony, type PasskeyPurpose } from '../second-factor/index.ts';
import { browserUser, requireConfirmed } from './confirm.ts';
import { requirePendingSignIn } from './pending-sign-ins.ts';

/** Options for a browser, with a challenge that only this pending sign-in or this session can answer. */
export async function startPasskey(
  context: Context,
  purpose: PasskeyPurpose,
  cookies: string | null,
): Promise<{ optionsJson: string; origin: string }> {
  if (purpose === 'log_in') {
    const { id: askerId, userId, name, email } = await requirePendingSignIn(context, cookies);
    await spend(context, 'passkey', askerId);
    return startCeremony(context, { purpose, userId, askerId }, { name, email });
  }
  const caller = browserUser(context.caller);
  const { userId, credentialId: askerId } = caller;
  await spend(context, 'passkey', askerId);
  // Said before the person touches an authenticator, not after.
  if (purpose === 'register') await requireConfirmed(context.sql, caller);
  return startCeremony(context, { purpose, userId, askerId }, caller);
}
