import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { requireAllowed } from '../../state-rules.ts';
import { recordHostAudit } from '../audit.ts';
import { visibleHost } from '../find.ts';
import type { Host } from '../host.ts';
import { hostActions } from '../states.ts';
import { lockHost } from '../store.ts';
import { unlock } from './store.ts';

/**
 * Ends a quarantine. The epoch moves on: what was issued before is over for everybody, and only who holds the family's
 * newest refresh token and the host key gets anew. Idempotent.
 */
export function unlockHost(context: Context, host: Host, reason: string): Promise<Host> {
  return context.transaction(async (sql) => {
    const locked = await lockHost(sql, host.id);
    requireAllowed(hostActions['host.unlock'], locked?.status ?? 'deleted');
    const quarantineReason = await unlock(sql, host.id);
    if (quarantineReason !== undefined) {
      await recordHostAudit(sql, context, host.id, {
        action: 'host.unlock',
        before: { quarantineReason },
        after: { quarantineReason: null },
        reason,
      });
      await announce(sql, 'host', [host.id]);
      await announce(sql, 'connection', [host.id]);
    }
    return visibleHost(context, host.id, sql);
  });
}
