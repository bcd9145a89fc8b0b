import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { recordHostAudit } from './audit.ts';
import type { Host } from './host.ts';
import { requireNoSandboxes } from './affected.ts';
import type { ThingsOnHosts } from './sandboxes-on-hosts.ts';
import { hostActions } from './states.ts';
import { lockHost, markDeleted } from './store.ts';

/**
 * Deletes a host: its credentials end with its epoch, its connection is closed by the replica that holds it, and its
 * agent learns it from its next heartbeat and destroys what is left. Answers how many sandboxes ended with it.
 */
export function deleteHost(context: Context, sandboxes: ThingsOnHosts, host: Host, force: boolean): Promise<number> {
  return context.transaction(async (sql) => {
    const locked = await lockHost(sql, host.id);
    requireAllowed(hostActions['host.delete'], locked?.status ?? 'deleted');
    if (!force) await requireNoSandboxes(sql, sandboxes, host);
    return endHost(sql, context, sandboxes, { ...host, force, reason: 'Its host was deleted.' });
  });
}

/** What is to end, and why its sandboxes do. */
interface HostEnd extends Pick<Host, 'id' | 'name'> {
  readonly force: boolean;
  readonly reason: string;
}

/** Ends a host and what is on it, in the transaction of whoever has locked it. Answers how many sandboxes ended with it. */
export async function endHost(
  sql: Sql,
  context: Context,
  sandboxes: ThingsOnHosts,
  { id, name, force, reason }: HostEnd,
): Promise<number> {
  const ended = await sandboxes.endAll(sql, context, id, reason);
  await markDeleted(sql, id);
  await recordHostAudit(sql, context, id, {
    action: 'host.delete',
    before: { name },
    after: { force, sandboxes: ended },
  });
  await announce(sql, 'host', [id]);
  await announce(sql, 'connection', [id]);
  return ended.length;
}
