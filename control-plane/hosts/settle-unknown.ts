import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { announce } from '../events/index.ts';
import type { HostCalls } from './connection/call.ts';
import { findUnknownSandbox, markReleased } from './unknown-sandboxes.ts';

const callTimeoutMs = 30_000;

/** What an operator decides about a sandbox that a host runs and the database does not know. Idempotent. */
export async function settleUnknownSandbox(
  context: Context,
  calls: HostCalls,
  {
    hostId,
    sandboxId,
    decision,
    reason,
  }: { hostId: string; sandboxId: string; decision: 'release' | 'destroy'; reason: string },
): Promise<void> {
  const found = await findUnknownSandbox(context.sql, hostId, sandboxId);
  if (!found) throw notFound('unknown sandbox');
  const { attempt } = found;
  // Written first: what is destroyed without its reason being known would be worse than one that is asked for again.
  await context.transaction(async (sql) => {
    if (decision === 'release') await markReleased(sql, { hostId, sandboxId, attempt });
    await recordAudit(sql, context, {
      action: `unknown_sandbox.${decision}`,
      target: sandboxId,
      after: { hostId },
      reason,
    });
  });
  await calls.call(
    hostId,
    callTimeoutMs,
    async (client, options) => {
      if (decision === 'release') await client.resumeSandbox({ sandboxId, attempt }, options);
      else await client.destroySandbox({ sandboxId, attempt }, options);
    },
    context.signal,
  );
  await announce(context.sql, 'inventory', [hostId]);
}
