import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { wrongState } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import type { Provider } from '../../settings/index.ts';
import { lockKeyring } from '../store.ts';
import { bringRotationForward } from './store.ts';

/** Has another key minted in place of the present one, now instead of when its time comes. Idempotent until that happened. */
export function rotateMinted(context: Context, teamId: string, { name, title }: Provider): Promise<void> {
  return context.transaction(async (sql) => {
    await lockKeyring(sql, teamId);
    const id = await bringRotationForward(sql, teamId, name);
    if (id === undefined)
      throw wrongState(`No key was minted for this team at ${title}.`, 'There is nothing to rotate.');
    await recordAudit(sql, context, {
      action: 'provider_key.rotate',
      target: teamId,
      teamId,
      before: { provider: name, key: id },
    });
    await announce(sql, 'keyring', [teamId]);
  });
}
