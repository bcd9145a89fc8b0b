import type { Caller, UserCaller } from '../access/index.ts';
import { userOf } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { confirmationRequired, notAllowed, unauthenticated } from '../errors.ts';
import { verifyAssertion } from '../second-factor/index.ts';
import { findPasswordHash, passwordMatches } from '../users/index.ts';
import { admitAttempt } from './attempts.ts';
import { usePasskey } from './complete-log-in.ts';
import { isConfirmed, setConfirmed } from './store.ts';

/** With what a user shows who they are. */
export type ConfirmProof =
  | { readonly how: 'password'; readonly password: string }
  | { readonly how: 'passkey'; readonly responseJson: string };

/** The user at a browser. Tokens that were made from a session ride on no confirmation of it. */
export function browserUser(caller: Caller): UserCaller {
  const user = userOf(caller);
  if (user.kind === 'session') return user;
  throw notAllowed('This is done in the console, signed in in a browser: not with a token.');
}

/** Confirms for this session who sits at the browser. Answers until when it holds. */
export async function confirmCaller(context: Context, caller: UserCaller, proof: ConfirmProof): Promise<Date> {
  const { userId, credentialId } = caller;
  const attempt = await admitAttempt(context, userId);
  const prove = await proofOf(context, caller, proof);
  const until = await context.transaction(async (sql) => {
    const refused = await prove(sql);
    const confirmed = refused === undefined ? await setConfirmed(sql, credentialId) : undefined;
    await recordAudit(sql, context, {
      action: 'session.confirm',
      target: credentialId,
      outcome: confirmed ? 'done' : 'denied',
      after: { how: proof.how },
      ...(refused !== undefined && { reason: refused }),
    });
    return confirmed?.until;
  });
  if (!until) throw unauthenticated();
  await attempt.succeeded();
  return until;
}

/** Throws unless the user showed lately, in this session, who they are. */
export async function requireConfirmed(sql: Sql, { credentialId }: UserCaller): Promise<void> {
  if (!(await isConfirmed(sql, credentialId))) throw confirmationRequired();
}

async function proofOf(context: Context, { userId, credentialId }: UserCaller, proof: ConfirmProof) {
  if (proof.how === 'password') {
    const matches = await passwordMatches(await findPasswordHash(context.sql, userId), proof.password);
    return async () => (matches ? undefined : 'The password is wrong.');
  }
  const asker = { purpose: 'confirm', userId, askerId: credentialId } as const;
  const asserted = await verifyAssertion(context, asker, proof.responseJson);
  return async (sql: Sql) => (asserted ? usePasskey(sql, asserted) : 'The passkey was not accepted.');
}
