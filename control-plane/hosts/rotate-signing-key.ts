import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { rotateSigningKeys } from '../installation/index.ts';

/** Lets the next key sign from now on, and publishes another one to come. Tokens of the one before stay good until they end. */
export function rotateSigningKey(context: Context, reason: string) {
  return context.transaction(async (sql) => {
    const keys = await rotateSigningKeys(sql, context.installation);
    await recordAudit(sql, context, { action: 'signing_key.rotate', target: keys.signing, after: keys, reason });
    return keys;
  });
}
