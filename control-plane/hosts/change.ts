import type { Context } from '../context.ts';
import { violatesUnique } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { takenName } from './create.ts';
import { recordHostAudit } from './audit.ts';
import { visibleHost } from './find.ts';
import type { Host } from './host.ts';
import { hostActions } from './states.ts';
import { lockHost, updateHost, type HostChange } from './store.ts';

/** Changes a host's name, labels or overcommit. */
export async function changeHost(context: Context, host: Host, change: HostChange): Promise<Host> {
  try {
    return await context.transaction(async (sql) => {
      const locked = await lockHost(sql, host.id);
      requireAllowed(hostActions['host.update'], locked?.status ?? 'deleted');
      await updateHost(sql, host.id, change);
      const { name, labels, overcommit } = host;
      await recordHostAudit(sql, context, host.id, {
        action: 'host.update',
        before: { name, labels, overcommit },
        after: { ...change },
      });
      await announce(sql, 'host', [host.id]);
      return visibleHost(context, host.id, sql);
    });
  } catch (error) {
    if (change.name !== undefined && violatesUnique(error, 'hosts_by_name')) throw takenName(change.name);
    throw error;
  }
}
