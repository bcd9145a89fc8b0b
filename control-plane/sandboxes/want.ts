import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { notFound, Refusal } from '../errors.ts';
import { HostRefusal, type HostCalls } from '../hosts/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { act } from './act.ts';
import { recordWanted, setExpiry } from './changes.ts';
import { visibleSandbox } from './find.ts';
import type { Sandbox, WantedState } from './sandbox.ts';
import { sandboxActions, situationOf, type SandboxAction } from './states.ts';
import { lockActTarget, type ActTarget } from './store.ts';

/** Freezes a sandbox in memory. Idempotent. Where its host cannot be reached it is recorded, and HOST_UNREACHABLE thrown. */
export async function pauseSandbox(context: Context, calls: HostCalls, sandbox: Sandbox): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.pause', 'paused', 'Asked to pause.');
  if (target) await act(context, calls, target);
  return visibleSandbox(context, sandbox.id);
}

/** Lets a paused sandbox go on. Idempotent. Where its host cannot be reached it is recorded, and HOST_UNREACHABLE thrown. */
export async function resumeSandbox(context: Context, calls: HostCalls, sandbox: Sandbox): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.resume', 'running', 'Asked to resume.');
  if (target) await act(context, calls, target);
  return visibleSandbox(context, sandbox.id);
}

/** Ends a sandbox. Idempotent. Where its host cannot be reached it is recorded, and carried out when the host is back. */
export async function destroySandbox(context: Context, calls: HostCalls, sandbox: Sandbox): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.destroy', 'destroyed', 'Destroyed on request.');
  try {
    if (target) await act(context, calls, target);
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
    const states = await lockActTarget(sql, id);
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
    return visibleSandbox(context, id, sql);
  });
}

/** Writes what should be, unless it is wanted already. Answers what is to be acted on; undefined where it has ended. */
function want(
  context: Context,
  { id, teamId }: Sandbox,
  action: SandboxAction,
  wanted: WantedState,
  reason: string,
): Promise<ActTarget | undefined> {
  return context.transaction(async (sql) => {
    const target = await lockActTarget(sql, id);
    if (!target) throw notFound('sandbox');
    const situation = situationOf(target);
    const ended = situation === 'destroyed' || situation === 'failed';
    if (ended && wanted === 'destroyed') return undefined;
    if (!ended && target.wanted === wanted) return target;
    requireAllowed(sandboxActions[action], situation);
    await Promise.all([
      recordWanted(sql, { id, wanted, reason }),
      recordAudit(sql, context, { action, target: id, teamId, before: { wanted: target.wanted }, after: { wanted } }),
    ]);
    return { ...target, wanted, reason };
  });
}
