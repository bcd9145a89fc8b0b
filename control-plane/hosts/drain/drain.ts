import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import { requireAllowed } from '../../state-rules.ts';
import { actingUser } from '../acting-user.ts';
import { recordHostAudit } from '../audit.ts';
import { visibleHost } from '../find.ts';
import type { DrainAction, Host } from '../host.ts';
import { hostActions } from '../states.ts';
import { lockHost, setCordon } from '../store.ts';
import { beginDrain } from './store.ts';

export interface DrainRequest {
  readonly reason: string;
  readonly action: DrainAction;
  /** Undefined: no time at all where something is done at the deadline, else for ever. */
  readonly deadlineMs: number | undefined;
}

/** Cordons a host and begins to empty it, or changes how that is done. The loop carries it on. */
export function drainHost(context: Context, host: Host, { reason, action, deadlineMs }: DrainRequest): Promise<Host> {
  return context.transaction(async (sql) => {
    const locked = await lockHost(sql, host.id);
    requireAllowed(hostActions['host.drain'], locked?.status ?? 'deleted');
    await setCordon(sql, host.id, { reason, by: actingUser(context.caller) });
    await beginDrain(sql, {
      hostId: host.id,
      reason,
      action,
      deadlineMs: deadlineMs ?? (action === 'wait' ? null : 0),
    });
    await recordHostAudit(sql, context, host.id, {
      action: 'host.drain',
      before: { cordonReason: host.cordonReason, drain: host.drain?.state === 'draining' ? host.drain.action : null },
      after: { reason, action, deadlineMs },
    });
    await announce(sql, 'host', [host.id]);
    await announce(sql, 'drain', [host.id]);
    return visibleHost(context, host.id, sql);
  });
}
