import type { Context } from '../context.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { actingUser } from './acting-user.ts';
import { recordHostAudit } from './audit.ts';
import { removeDrain } from './drain/store.ts';
import { visibleHost } from './find.ts';
import type { Host } from './host.ts';
import { hostActions } from './states.ts';
import { lockHost, setCordon } from './store.ts';

/** Takes a host out of placement; what runs there goes on. Idempotent: a new reason replaces the old one. */
export function cordon(context: Context, host: Host, reason: string): Promise<Host> {
  return context.transaction(async (sql) => {
    const locked = await lockHost(sql, host.id);
    requireAllowed(hostActions['host.cordon'], locked?.status ?? 'deleted');
    await setCordon(sql, host.id, { reason, by: actingUser(context.caller) });
    await recordHostAudit(sql, context, host.id, {
      action: 'host.cordon',
      before: { cordonReason: host.cordonReason },
      after: { cordonReason: reason },
    });
    await announce(sql, 'host', [host.id]);
    return visibleHost(context, host.id, sql);
  });
}

/** Lets sandboxes be placed on a host again, and cancels its drain. Idempotent. */
export function uncordon(context: Context, host: Host): Promise<Host> {
  return context.transaction(async (sql) => {
    const locked = await lockHost(sql, host.id);
    requireAllowed(hostActions['host.uncordon'], locked?.status ?? 'deleted');
    if (locked?.cordoned) {
      await setCordon(sql, host.id, null);
      const drainCancelled = await removeDrain(sql, host.id);
      await recordHostAudit(sql, context, host.id, {
        action: 'host.uncordon',
        before: { cordonReason: host.cordonReason },
        after: { drainCancelled },
      });
      await announce(sql, 'host', [host.id]);
    }
    return visibleHost(context, host.id, sql);
  });
}
