import { recordAudit } from '../audit/index.ts';
import { boundHostOf } from '../access/index.ts';
import type { Context } from '../context.ts';
import { lastly, type Sql } from '../database/index.ts';
import { notFound, Refusal } from '../errors.ts';
import { HostRefusal, type HostCalls } from '../hosts/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { act } from './act.ts';
import { recordWanted, setExpiry } from './changes.ts';
import { visibleSandbox } from './find.ts';
import type { Sandbox, WantedState } from './sandbox.ts';
import { sandboxActions, situationOf, type SandboxAction } from './states.ts';
import { lockActTarget, type ActTarget } from './store.ts';
import { lockPlacement, requireRoom } from '../scheduling/index.ts';
import { holdTeam } from '../teams/index.ts';
import { requireQuota } from './quota.ts';

/** Which one it is, and whose: that never changes. What it is now is read under its lock. */
type Owned = Pick<Sandbox, 'id' | 'teamId'>;

/** What a sandbox takes where it runs. */
type Capacity = Pick<Sandbox, 'teamId' | 'hostId' | 'cpuMillis' | 'memoryMib'>;

/** Freezes a sandbox in memory. Idempotent. Where its host cannot be reached it is recorded, and HOST_UNREACHABLE thrown. */
export async function pauseSandbox(context: Context, calls: HostCalls, sandbox: Owned): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.pause', 'paused', 'Asked to pause.');
  const known = target && (await act(context, calls, target));
  return known ?? visibleSandbox(context, sandbox.id);
}

/** Lets a paused sandbox go on. Idempotent. Where its host cannot be reached it is recorded, and HOST_UNREACHABLE thrown. */
export async function resumeSandbox(
  context: Context,
  calls: HostCalls,
  sandbox: Owned,
  reason = 'Asked to resume.',
): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.resume', 'running', reason);
  const known = target && (await act(context, calls, target));
  return known ?? visibleSandbox(context, sandbox.id);
}

/** Ends a sandbox's processes and keeps its files. Idempotent. Errors as above. */
export async function stopSandbox(context: Context, calls: HostCalls, sandbox: Owned): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.stop', 'stopped', 'Asked to stop.');
  const known = target && (await act(context, calls, target));
  return known ?? visibleSandbox(context, sandbox.id);
}

/** Starts a stopped sandbox on its files. Idempotent. Throws NO_HOST_FITS, QUOTA_EXCEEDED; else errors as above. */
export async function startAgain(
  context: Context,
  calls: HostCalls,
  sandbox: Sandbox,
  reason = 'Asked to start.',
): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.start', 'running', reason, sandbox);
  const known = target && (await act(context, calls, target));
  return known ?? visibleSandbox(context, sandbox.id);
}

/** Ends a sandbox. Idempotent. Where its host cannot be reached it is recorded, and carried out when the host is back. */
export async function destroySandbox(context: Context, calls: HostCalls, sandbox: Owned): Promise<Sandbox> {
  const target = await want(context, sandbox, 'sandbox.destroy', 'destroyed', 'Destroyed on request.');
  try {
    const known = target && (await act(context, calls, target));
    if (known) return known;
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

/**
 * Writes what should be, unless it is wanted already. Answers what is to be acted on; undefined where it has ended.
 * `capacity` is what it needs again where it holds none.
 */
function want(
  context: Context,
  sandbox: Owned,
  action: SandboxAction,
  wanted: WantedState,
  reason: string,
  capacity?: Capacity,
): Promise<ActTarget | undefined> {
  const { id, teamId } = sandbox;
  return context.transaction<ActTarget | undefined>(async (sql) => {
    // What it holds grows: before the sandbox's row, as everybody who takes both.
    if (capacity) await lockPlacement(sql);
    const target = await lockActTarget(sql, id);
    // It may have been placed anew a moment ago: a key that is bound to a host sees nothing of the others.
    if (!target || (boundHostOf(context.caller) ?? target.hostId) !== target.hostId) throw notFound('sandbox');
    const situation = situationOf(target);
    const ended = situation === 'destroyed' || situation === 'failed';
    if (ended && wanted === 'destroyed') return undefined;
    if (!ended && target.wanted === wanted) return target;
    requireAllowed(sandboxActions[action], situation);
    if (capacity && target.observed === 'stopped') await requireCapacity(sql, capacity);
    const written = [
      recordWanted(sql, { id, wanted, reason }),
      recordAudit(sql, context, { action, target: id, teamId, before: { wanted: target.wanted }, after: { wanted } }),
    ];
    return lastly(written, { ...target, wanted, wantedRevision: target.wantedRevision + 1, reason, isOver: false });
  });
}

/** A stopped sandbox holds no processors and no memory: they must be there again, on its host and in its team's quota. */
async function requireCapacity(sql: Sql, { teamId, hostId, cpuMillis, memoryMib }: Capacity): Promise<void> {
  const quota = await holdTeam(sql, teamId);
  if (quota === undefined) throw notFound('sandbox');
  await requireQuota(sql, teamId, quota, { sandboxes: 0, cpuMillis, memoryMib, diskMib: 0 });
  await requireRoom(sql, { hostId, cpuMillis, memoryMib });
}
