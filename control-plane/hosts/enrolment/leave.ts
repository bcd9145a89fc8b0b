import { leaveStatement, verifyStatement } from '#contract/statements.ts';
import type { HostCaller } from '../../access/index.ts';
import type { Context } from '../../context.ts';
import { requireNoSandboxes } from '../affected.ts';
import { endHost } from '../delete.ts';
import type { ThingsOnHosts } from '../sandboxes-on-hosts.ts';
import { hostDeleted, quarantined, refreshRequired } from './refusals.ts';
import { lockHostIdentity } from './store.ts';

/**
 * The host's agent ends it. The key must say so: a stolen access token deletes nothing. Throws HOST_HAS_SANDBOXES unless
 * forced, a signed HOST_DELETED where that had happened before, a signed QUARANTINED where it may be a copy that asks.
 * Answers how many sandboxes ended with it.
 */
export function leaveHost(
  context: Context,
  { hostId, epoch }: HostCaller,
  sandboxes: ThingsOnHosts,
  { force, signature }: { force: boolean; signature: Uint8Array },
): Promise<number> {
  return context.transaction(async (sql) => {
    const host = await lockHostIdentity(sql, hostId);
    if (!host?.publicKey || host.enrolmentId === null) throw refreshRequired();
    const { enrolmentId, publicKey } = host;
    const refused = { hostId, enrolmentId, nonce: new Uint8Array() };
    if (host.status === 'deleted') throw hostDeleted(context, refused);
    const statement = leaveStatement({ installationId: context.installation.id, hostId, enrolmentId, force });
    if (host.epoch !== epoch || !verifyStatement(statement, signature, publicKey)) throw refreshRequired();
    if (host.quarantined) throw quarantined(context, refused);
    if (!force) await requireNoSandboxes(sql, sandboxes, host);
    return endHost(sql, context, sandboxes, { ...host, force, reason: 'Its host left the installation.' });
  });
}
