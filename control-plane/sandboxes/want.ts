import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { HostRefusal, type HostCalls } from '../hosts/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { actOnSandbox } from './act.ts';
import { announceChanged, recordWanted, setExpiry } from './changes.ts';
import { visibleSandbox } from './find.ts';
import type { Sandbox, WantedState } from './sandbox.ts';
import { sandboxActions, situationOf, type SandboxAction } from './states.ts';
import { lockStates } from './store.ts';

/** Freezes a sandbox in memory. Idempotent. Where its host cannot be reached it is recorded, and HOST_UNREACHABLE thrown. */
export async function pauseSandbox(context: Context, calls: HostCalls, sandbox: Sandbox): Promise<Sandbox> {
  await want(context, sandbox, 'sandbox.pause', 'paused', 'Asked to pause.');
  await actOnSandbox(context, calls, sandbox.id);
  return visibleSandbox(context, sandbox.id);
}

/** Lets a paused sandbox go on. Idempotent. Where its host cannot be reached it is recorded, and HOST_UNREACHABLE thrown. */
export async function resumeSandbox(context: Context, calls: HostCalls, sandbox: Sandbox): Promise<Sandbox> {
  await want(context, sandbox, 'sandbox.resume', 'running', 'Asked to resume.');
  await actOnSandbox(context, calls, sandbox.id);
  return visibleSandbox(context, sandbox.id);
}

/** Ends a sandbox. Idempotent. Where its host cannot be reached it is recorded, and carried out when the host is back. */
export async function destroySandbox(context: Context, calls: HostCalls, sandbox: Sandbox): Promise<Sandbox> {
  await want(context, sandbox, 'sandbox.destroy', 'destroyed', 'Destroyed on request.');
  try {
    await actOnSandbox(context, calls, sandbox.id);
  } catch (error) {
    // Recorded is enough: the reconciler carries it out, whatever stood in the way.
    if (!(error instanceof Refusal)) throw error;
    context.log.info(
      { sandboxId: sandbox.id, why: error.message, refused: error instanceof HostRefusal },
      'a sandbox will be destroyed later',
    );
  }
  return visibleSandbox(context, sandbox.id);
}

/** Sets a sandbox's end, counted from now. */
export function renewSandbox(context: Context, sandbox: Sandbox, timeoutMs: number): Promise<Sandbox> {
  const { id, teamId, expiresAt } = sandbox;
  return context.transaction(async (sql) => {
    const states = await lockStates(sql, id);
    if (!states) throw notFound('sandbox');
    requireAllowed(sandboxActions['sandbox.renew'], situationOf(states));
    await setExpiry(sql, id, timeoutMs);
    await recordAudit(sql, context, {
      action: 'sandbox.renew',
      target: id,
      teamId,
      before: { expiresAt },
      after: { timeoutMs },
    });
    await announceChanged(sql, [sandbox]);
    return visibleSandbox(context, id, sql);
  });
}

/** Writes what should be, unless it is wanted already. */
async function want(
  context: Context,
  { id, teamId }: Sandbox,
  action: SandboxAction,
  wanted: WantedState,
  reason: string,
): Promise<void> {
  await context.transaction(async (sql) => {
    const states = await lockStates(sql, id);
    if (!states) throw notFound('sandbox');
    const situation = situationOf(states);
    if (wanted === 'destroyed' && (situation === 'destroyed' || situation === 'failed')) return;
    if (states.wanted === wanted && situation !== 'destroyed' && situation !== 'failed') return;
    requireAllowed(sandboxActions[action], situation);
    const [changed] = await Promise.all([
      recordWanted(sql, { id, wanted, reason }),
      recordAudit(sql, context, { action, target: id, teamId, before: { wanted: states.wanted }, after: { wanted } }),
    ]);
    await announceChanged(sql, changed);
  });
}
