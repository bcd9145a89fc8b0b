import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import type { Host } from './host.ts';
import type { SandboxesOnHosts } from './sandboxes-on-hosts.ts';
import { hostActions } from './states.ts';
import { lockHost, markDeleted } from './store.ts';

const shown = 10;

/**
 * Deletes a host: its credentials end with its epoch, its connection is closed by the replica that holds it, and its
 * agent learns it from its next heartbeat and destroys what is left. Answers how many sandboxes ended with it.
 */
export function deleteHost(context: Context, sandboxes: SandboxesOnHosts, host: Host, force: boolean): Promise<number> {
  return context.transaction(async (sql) => {
    const locked = await lockHost(sql, host.id);
    requireAllowed(hostActions['host.delete'], locked?.status ?? 'deleted');
    const live = await sandboxes.listLive(sql, host.id);
    if (live.length > 0 && !force) throw hasSandboxes(host, live);
    const ended = await sandboxes.endAll(sql, context, host.id, 'Its host was deleted.');
    await markDeleted(sql, host.id);
    await recordAudit(sql, context, {
      action: 'host.delete',
      target: host.id,
      before: { name: host.name },
      after: { force, sandboxes: ended },
    });
    await announce(sql, 'host', [host.id]);
    await announce(sql, 'connection', [host.id]);
    return ended.length;
  });
}

function hasSandboxes(host: Host, live: readonly string[]): Refusal {
  const rest = live.length > shown ? ` and ${live.length - shown} more` : '';
  return new Refusal(
    Code.Aborted,
    Reason.HOST_HAS_SANDBOXES,
    `${host.name} still has ${live.length} sandboxes: ${live.slice(0, shown).join(', ')}${rest}.`,
    {
      help: 'Destroy them first, or delete the host with force, which destroys them.',
    },
  );
}
