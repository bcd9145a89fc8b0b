import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '#contract/secret.ts';
import { mintToken, parseToken } from '#contract/token.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { unauthenticated } from '../errors.ts';
import { hasPlatformAdmin } from '../users/index.ts';
import { findSetupToken, insertSetupToken } from './store.ts';

const lifeMs = 30 * 60_000;
const nobodysHash = Buffer.alloc(32);

/** Where the first admin is made. The token stands in the fragment, which browsers send to nobody. */
export const setupLink = (publicUrl: string, token: Secret): string => `${publicUrl}/setup#${token.reveal()}`;

/** A fresh setup link, valid for 30 minutes; undefined once there is an admin, and where people have no passwords. Links that were made before stay valid for their time. */
export function mintSetupLink(context: Context): Promise<string | undefined> {
  if (context.config.signIn.mode !== 'password') return Promise.resolve(undefined);
  return context.transaction(async (sql) => {
    if (await hasPlatformAdmin(sql)) return undefined;
    const token = mintToken('set');
    await insertSetupToken(sql, { id: token.id, hash: token.hash, lifeMs });
    await recordAudit(sql, context, { action: 'setup_token.create', target: token.id });
    return setupLink(context.publicUrl, token.secret);
  });
}

/** The id of a setup token that is valid now. One answer for wrong, used, expired. */
export async function requireSetupToken(sql: Sql, text: string): Promise<string> {
  const token = parseToken(text.trim(), 'set');
  if (!token) throw unauthenticated();
  const stored = await findSetupToken(sql, token.id);
  if (!timingSafeEqual(stored ?? nobodysHash, token.hash) || !stored) throw unauthenticated();
  return token.id;
}
