import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '#contract/secret.ts';
import { mintToken, parseToken } from '#contract/token.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { unauthenticated } from '../errors.ts';
import { readCookie } from './credential.ts';
import { findPendingSignIn, insertPendingSignIn } from './pending-store.ts';
import { pendingCookie } from './session-cookie.ts';

const nobodysHash = Buffer.alloc(32);

/** A sign-in whose password was right, and that waits for the second factor. It is no session: nothing else takes its token. */
export interface PendingSignIn {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly passkey: boolean;
  readonly recoveryCode: boolean;
}

/** Begins one, inside the caller's transaction. */
export async function openPendingSignIn(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  userId: string,
): Promise<Pick<PendingSignIn, 'token' | 'expiresAt'>> {
  const token = mintToken('psi');
  const { expiresAt } = await insertPendingSignIn(sql, { id: token.id, hash: token.hash, userId });
  await recordAudit(sql, context, { action: 'sign_in.begin', target: userId, after: { pending: token.id } });
  return { token: token.secret, expiresAt };
}

/** Whose sign-in waits. */
export interface Waiting {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
}

/** The pending sign-in of a request's cookie. One answer for every cause why there is none. */
export async function requirePendingSignIn(
  { sql, publicUrl }: Pick<Context, 'sql' | 'publicUrl'>,
  cookies: string | null,
): Promise<Waiting> {
  const token = parseToken(readCookie(cookies ?? '', pendingCookie(publicUrl).name) ?? '', 'psi');
  if (!token) throw unauthenticated();
  const found = await findPendingSignIn(sql, token.id);
  if (!timingSafeEqual(found?.tokenHash ?? nobodysHash, token.hash) || !found) throw unauthenticated();
  return { id: token.id, userId: found.userId, name: found.name, email: found.email };
}
