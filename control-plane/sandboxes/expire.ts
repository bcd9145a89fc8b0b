import PQueue from 'p-queue';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import { actOnSandbox } from './act.ts';
import { expireSandboxes } from './changes.ts';

const atOnce = 100;
const callsAtOnce = 8;

/** Destroys, stops or pauses sandboxes whose time is over, by the database's clock. What cannot be done now, the reconciler does. */
export async function endExpired(
  context: Context,
  calls: HostCalls,
  mayEnd: (sql: Sql) => Promise<boolean>,
): Promise<{ expired: number; held?: string }> {
  if (!(await mayEnd(context.sql))) return { expired: 0, held: 'until hosts show that the database is no older one' };
  const expired = await context.transaction(async (sql) => {
    const changed = await expireSandboxes(sql, atOnce);
    for (const { id, teamId } of changed)
      await recordAudit(sql, context, { action: 'sandbox.expire', target: id, teamId });
    return changed;
  });
  const queue = new PQueue({ concurrency: callsAtOnce });
  await queue.addAll(
    expired.map(({ id }) => async () => {
      try {
        await actOnSandbox(context, calls, id);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        context.log.debug({ sandboxId: id, why: error.message }, 'an expired sandbox will be ended later');
      }
    }),
  );
  return { expired: expired.length };
}
