import type { Secret } from '#contract/secret.ts';
import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId, violatesUnique, type Sql } from '../database/index.ts';
import { invalidField, nameTaken, notFound, wrongState } from '../errors.ts';
import { announce } from '../events/index.ts';
import {
  countFactors,
  deletePasskey,
  deleteRecoveryCodes,
  findDemand,
  insertPasskey,
  lockSecondFactor,
  replaceRecoveryCodes,
  verifyAttestation,
  type PasskeyRow,
} from '../second-factor/index.ts';
import { requireConfirmed } from './confirm.ts';
import { mailNotice } from './notice-mail.ts';
import { revokePendingSignIns } from './pending-store.ts';
import { revokeOtherSessions } from './store.ts';

/** More than anybody carries, and few enough for one look. */
export const mostPasskeys = 10;

/** Changes the second factor of who has just shown who they are; one change at a time. */
const changing = <T>(context: Context, caller: UserCaller, change: (sql: Sql) => Promise<T>): Promise<T> =>
  context.transaction(async (sql) => {
    await lockSecondFactor(sql, caller.userId);
    await requireConfirmed(sql, caller);
    return change(sql);
  });

/** Adds a passkey. The first factor of an account comes with recovery codes, and ends what was signed in without it. */
export async function addPasskey(
  context: Context,
  caller: UserCaller,
  { name, responseJson }: { name: string; responseJson: string },
): Promise<{ passkey: PasskeyRow; recoveryCodes: readonly Secret[] }> {
  const { userId, credentialId: askerId } = caller;
  const attested = await verifyAttestation(context, { purpose: 'register', userId, askerId }, responseJson);
  if (!attested)
    throw invalidField(
      'response_json',
      'This passkey was not accepted: it took too long, or was made for another page.',
    );
  try {
    return await changing(context, caller, async (sql) => {
      const before = await countFactors(sql, userId);
      if (before.passkeys >= mostPasskeys)
        throw wrongState(
          `An account has at most ${mostPasskeys} passkeys.`,
          'Remove one that you no longer use first.',
        );
      const passkey = await insertPasskey(sql, { ...attested, id: newId('pky'), userId, name: name.trim() });
      const switchedOn = before.passkeys + before.recoveryCodes === 0;
      const recoveryCodes = switchedOn ? await replaceRecoveryCodes(sql, userId) : [];
      const ended = switchedOn ? (await revokeOtherSessions(sql, userId, askerId)).map(({ id }) => id) : [];
      if (switchedOn) await revokePendingSignIns(sql, userId);
      await recordAudit(sql, context, {
        action: 'passkey.add',
        target: passkey.id,
        after: { name: passkey.name, synced: passkey.synced, site: passkey.rpId, switchedOn, endedSessions: ended },
      });
      await mailNotice(sql, context, userId, 'passkey_added');
      await announce(sql, 'session', ended);
      return { passkey, recoveryCodes };
    });
  } catch (error) {
    if (!violatesUnique(error, 'passkeys_credential_id_key')) throw error;
    throw nameTaken('response_json', 'This passkey is registered already.');
  }
}

/** Removes a passkey. Without the last one the second factor is off, unless it is required: then recovery codes must be left. */
export const removePasskey = (context: Context, caller: UserCaller, passkeyId: string): Promise<void> =>
  changing(context, caller, async (sql) => {
    const { userId } = caller;
    const [gone] = await deletePasskey(sql, userId, passkeyId);
    if (!gone) throw notFound('passkey');
    const left = await countFactors(sql, userId);
    const required = left.passkeys === 0 && (await findDemand(sql, userId)) !== undefined;
    if (required && left.recoveryCodes === 0)
      throw wrongState(
        'A second factor is required of you, and this is your last one.',
        'Add another passkey, or make recovery codes, before you remove it.',
      );
    const switchedOff = left.passkeys === 0 && !required;
    if (switchedOff) await deleteRecoveryCodes(sql, userId);
    await recordAudit(sql, context, {
      action: 'passkey.remove',
      target: passkeyId,
      before: { name: gone.name },
      after: { passkeys: left.passkeys, switchedOff },
    });
    await mailNotice(sql, context, userId, switchedOff ? 'second_factor_off' : 'passkey_removed');
  });

/** Makes new recovery codes; the ones before stop counting. */
export const renewRecoveryCodes = (context: Context, caller: UserCaller): Promise<readonly Secret[]> =>
  changing(context, caller, async (sql) => {
    const { userId } = caller;
    const before = await countFactors(sql, userId);
    if (before.passkeys === 0)
      throw wrongState('Recovery codes stand in for passkeys, and you have none.', 'Add a passkey first.');
    const codes = await replaceRecoveryCodes(sql, userId);
    await recordAudit(sql, context, {
      action: 'recovery_codes.create',
      target: userId,
      before: { left: before.recoveryCodes },
      after: { left: codes.length },
    });
    await mailNotice(sql, context, userId, 'recovery_codes_made');
    return codes;
  });
