import type { Secret } from '#contract/secret.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';

export const userTokenLifeMs = { byDefault: 12 * 3_600_000, device: 24 * 3_600_000 } as const;

/** Makes a token that carries the rights of a session and ends with it, or at its own expiry. */
export async function makeUserToken(
  context: Context,
  { userId, sessionId, lifetimeMs }: { userId: string; sessionId: string; lifetimeMs: number },
): Promise<{ token: Secret; expiresAt: Date }> {
  const made = await context.installation.tokens.sign({
    audience: 'muster-user',
    subject: userId,
    lifetimeMs,
    claims: { sid: sessionId },
  });
  await recordAudit(context.sql, context, {
    action: 'user_token.create',
    target: sessionId,
    after: { user: userId, expiresAt: made.expiresAt },
  });
  return made;
}
