import type { Context } from '../../context.ts';
import type { Sql } from '../../database/index.ts';
import { announce } from '../../events/index.ts';
import { recordHostAudit } from '../audit.ts';
import { quarantine } from './store.ts';

/**
 * How often instances that another one had followed must come back before that is a finding. An agent that is restarted
 * may leave one heartbeat on the way, which arrives late: that is one return, and its successor's next one a second.
 */
export const returnsOfClones = 3;

const reason =
  'Two agents took turns with the same credentials: the data directory of this host was copied, or runs on two machines.';

/** Quarantines hosts whose heartbeats come from two agents that live at the same time. In the transaction that wrote them. */
export async function quarantineClones(sql: Sql, context: Context, hostIds: readonly string[]): Promise<void> {
  for (const hostId of hostIds) {
    if (!(await quarantine(sql, hostId, reason))) continue;
    await recordHostAudit(sql, context, hostId, { action: 'host.quarantine', outcome: 'denied', reason });
    await announce(sql, 'host', [hostId]);
    await announce(sql, 'connection', [hostId]);
    context.log.warn({ hostId }, 'two agents live on the credentials of one host');
  }
}
