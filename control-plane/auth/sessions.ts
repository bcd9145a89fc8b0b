import type { Secret } from '#contract/secret.ts';
import { mintToken } from '#contract/token.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { notFound } from '../errors.ts';
import { insertSession, revokeSession } from './store.ts';

/** A session that was just made. The token is shown this once. */
export interface OpenedSession {
  readonly id: string;
  readonly token: Secret;
}

interface NewSession {
  readonly userId: string;
  readonly userAgent: string;
  readonly how: 'password' | 'passkey' | 'recovery_code' | 'setup' | 'sign_up' | 'device' | 'invite' | 'oidc';
  /** The team that it begins in; the user's oldest where unset. */
  readonly teamId?: string;
}

/** Opens a session for a user, inside the caller's transaction. */
export async function openSession(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin' | 'config'>,
  { userId, userAgent, how, teamId }: NewSession,
): Promise<OpenedSession> {
  const token = mintToken('ses');
  await insertSession(sql, {
    id: token.id,
    tokenHash: token.hash,
    userId,
    userAgent: userAgent.slice(0, 300),
    address: context.origin.address,
    teamId,
    signIn: context.config.signIn.mode === 'oidc' ? 'oidc' : 'password',
    // A command line shows nothing of its own: its user is asked in the browser.
    confirmed: how !== 'device',
  });
  await recordAudit(sql, context, { action: 'session.create', target: token.id, after: { user: userId, how } });
  return { id: token.id, token: token.secret };
}

/** Ends one session of a user, with the tokens made from it. Idempotent. */
export function endSession(context: Context, userId: string, sessionId: string): Promise<void> {
  return context.transaction(async (sql) => {
    const found = await revokeSession(sql, userId, sessionId);
    if (!found) throw notFound('session');
    if (!found.ended) return;
    await recordAudit(sql, context, { action: 'session.revoke', target: sessionId });
    await announce(sql, 'session', [sessionId]);
  });
}
