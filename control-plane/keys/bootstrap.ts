import { timingSafeEqual } from 'node:crypto';
import { parseToken } from '#contract/token.ts';
import type { OrgKeyCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context, Origin, Services } from '../context.ts';
import { insertCredential } from '../credentials/index.ts';
import { newId, violatesUnique } from '../database/index.ts';
import { StartupError } from '../errors.ts';
import { findTokenHash, insertKey } from './store.ts';

/**
 * Makes the key from the environment an ordinary row, once: it can be listed, rotated and revoked like all others, and one
 * that was revoked stays so whatever the environment says. Throws a StartupError for another key's public part.
 */
export async function adoptBootstrapKey(context: Context): Promise<void> {
  const token = context.config.bootstrapKey && parseToken(context.config.bootstrapKey.reveal(), 'org');
  if (!token) return;
  const known = await findTokenHash(context.sql, token.id);
  if (known) {
    if (timingSafeEqual(known, token.hash)) return;
    throw new StartupError('MUSTER_BOOTSTRAP_KEY has the public part of another key: mint a new one.');
  }
  const id = newId('key');
  try {
    await context.transaction(async (sql) => {
      await insertKey(sql, {
        id,
        name: 'bootstrap',
        teamId: undefined,
        role: 'admin',
        makerId: undefined,
        makerKeyId: undefined,
        createdBy: 'bootstrap',
        boundTeamId: undefined,
        boundHostId: undefined,
        lifetimeMs: undefined,
        noExpiryReason: 'It stands in the environment.',
        requestId: undefined,
      });
      await insertCredential(sql, { id: token.id, tokenHash: token.hash, kind: 'org_key', ownerId: id });
      await recordAudit(sql, context, { action: 'bootstrap_key.adopt', target: id, after: { credential: token.id } });
    });
  } catch (error) {
    // Another replica started at the same time.
    if (!violatesUnique(error, 'credentials_pkey')) throw error;
  }
}

/** Writes down that the bootstrap key was used: every call of it shows in the audit, also what only looks. */
export const reportBootstrapUse = (
  { pool }: Services,
  caller: OrgKeyCaller,
  origin: Origin,
  method: string,
): Promise<void> =>
  recordAudit(pool, { caller, origin }, { action: 'bootstrap_key.use', target: caller.keyId, after: { method } });
