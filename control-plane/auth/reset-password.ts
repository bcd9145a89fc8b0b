import { timingSafeEqual } from 'node:crypto';
import { parseToken, type Token } from '#contract/token.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { unauthenticated } from '../errors.ts';
import { announce } from '../events/index.ts';
import { networkOf, spend } from '../limits/index.ts';
import { withdrawMail } from '../mail/index.ts';
import { hashPassword, setPasswordHash } from '../users/index.ts';
import { mailNotice } from './notice-mail.ts';
import { revokePendingSignIns } from './pending-store.ts';
import { findResetToken, revokeResetTokens, useResetToken } from './reset-store.ts';
import { revokeOtherSessions } from './store.ts';

const nobodysHash = Buffer.alloc(32);

/** Sets a new password by the token of a link, and ends all sessions. Of two at once, one does. One answer for wrong, used, expired. */
export async function resetPassword(context: Context, text: string, password: string): Promise<void> {
  const token = parseToken(text.trim(), 'pwr');
  await spend(context, 'reset', token && `${token.id} ${networkOf(context.origin.address)}`);
  // Checked before the password is hashed: nobody without a token may make the server work.
  const tokenId = await requireResetToken(context.sql, token);
  const passwordHash = await hashPassword(password);
  await context.transaction(async (sql) => {
    const [used] = await useResetToken(sql, tokenId);
    if (!used) throw unauthenticated();
    const { userId } = used;
    await setPasswordHash(sql, userId, passwordHash);
    await revokePendingSignIns(sql, userId);
    await revokeResetTokens(sql, userId);
    await withdrawMail(sql, [userId]);
    const ended = (await revokeOtherSessions(sql, userId, '')).map(({ id }) => id);
    await recordAudit(sql, context, {
      action: 'password.reset',
      target: userId,
      after: { token: tokenId, endedSessions: ended },
    });
    await mailNotice(sql, context, userId, 'password_changed');
    await announce(sql, 'session', ended);
  });
}

/** The id of a token that is valid now. */
async function requireResetToken(sql: Sql, token: Token | undefined): Promise<string> {
  if (!token) throw unauthenticated();
  const stored = await findResetToken(sql, token.id);
  if (!timingSafeEqual(stored?.tokenHash ?? nobodysHash, token.hash) || !stored) throw unauthenticated();
  return token.id;
}
