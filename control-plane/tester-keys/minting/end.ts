import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { forgetSecrets } from '../../settings/index.ts';
import type { MintedKey } from '../keyring.ts';
import { mintedKeyName } from '../names.ts';
import { setEnded } from './store.ts';

/** Writes that a key has ended at its provider, and forgets its value. Idempotent. */
export function endMinted(context: Context, { id, provider }: MintedKey, reason: string): Promise<void> {
  return context.transaction(async (sql) => {
    const teamId = await setEnded(sql, id);
    if (teamId === undefined) return;
    await forgetSecrets(sql, [mintedKeyName(id)]);
    await recordAudit(sql, context, {
      action: 'provider_key.end',
      target: teamId,
      teamId,
      before: { provider, key: id },
      reason,
    });
    await announce(sql, 'keyring', [teamId]);
  });
}
