import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HostSandbox, StartSandboxRequestSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable } from '../errors.ts';
import { HostRefusal, type HostCalls } from '../hosts/index.ts';
import { whyAsWanted } from './as-wanted.ts';
import { recordObserved, recordWanted, type Observation } from './changes.ts';
import type { Sandbox } from './sandbox.ts';
import { findActTarget, findSandboxes, lockActTarget, type ActTarget } from './store.ts';
import { observedFrom } from './wire.ts';

const actTimeoutMs = 30_000;

/** Does on the host what is wanted of a sandbox and not yet so. */
export async function actOnSandbox(context: Context, calls: HostCalls, id: string): Promise<void> {
  const target = await findActTarget(context.sql, id);
  if (target) await act(context, calls, target);
}

/**
 * Does on the host what is wanted and not yet so, and records it. Idempotent; what it does not finish, the reconciler
 * does. Answers the sandbox as it is then, where anything was recorded. Throws what the call on the host throws.
 */
export async function act(context: Context, calls: HostCalls, target: ActTarget): Promise<Sandbox | undefined> {
  try {
    return await carryOutWanted(context, calls, target);
  } catch (error) {
    if (target.observed !== 'missing' || !(error instanceof HostRefusal)) throw error;
    // It is something else than it was when its host was lost: the inventory says what, and the reconciler goes on from there.
    throw hostUnreachable('Its host was away, and is just being asked what became of the sandbox there.', error);
  }
}

async function carryOutWanted(context: Context, calls: HostCalls, target: ActTarget): Promise<Sandbox | undefined> {
  const { id, hostId, attempt, wanted, wantedRevision, observed } = target;
  if (observed === 'destroyed' || observed === 'failed') return undefined;
  const named = { sandboxId: id, attempt };
  const asked = { ...named, wantedRevision: BigInt(wantedRevision) };
  switch (wanted) {
    case 'destroyed': {
      const { lastLog } = await calls.call(hostId, actTimeoutMs, (client, options) =>
        client.destroySandbox(named, options),
      );
      return record(context, target, {
        observed: 'destroyed',
        hostRevision: undefined,
        reason: target.reason,
        lastLog,
      });
    }
    case 'paused': {
      if (observed === 'paused' || observed === 'pending' || observed === 'stopped') return undefined;
      const { sandbox } = await calls.call(hostId, actTimeoutMs, (client, options) =>
        client.pauseSandbox(asked, options),
      );
      return recordAnswer(context, target, sandbox);
    }
    case 'running': {
      if (observed === 'running' || observed === 'pending') return undefined;
      if (observed === 'stopped') return startStopped(context, calls, target, asked);
      const { sandbox } = await calls.call(hostId, actTimeoutMs, (client, options) =>
        client.resumeSandbox(asked, options),
      );
      return recordAnswer(context, target, sandbox);
    }
    case 'stopped': {
      if (observed === 'stopped' || observed === 'pending') return undefined;
      const { sandbox } = await calls.call(hostId, actTimeoutMs, (client, options) =>
        client.stopSandbox(asked, options),
      );
      return recordAnswer(context, target, sandbox);
    }
  }
}

/** What its host cannot start stays stopped, with the reason, until somebody starts it again: nothing is tried for ever. */
async function startStopped(
  context: Context,
  calls: HostCalls,
  target: ActTarget,
  asked: MessageInitShape<typeof StartSandboxRequestSchema>,
): Promise<Sandbox | undefined> {
  const { hostId } = target;
  try {
    const { sandbox } = await calls.call(hostId, actTimeoutMs, (client, options) =>
      client.startSandbox(asked, options),
    );
    return await recordAnswer(context, target, sandbox);
  } catch (error) {
    if (error instanceof HostRefusal) await giveUpStarting(context, target, error.message);
    throw error;
  }
}

function giveUpStarting(context: Context, target: ActTarget, reason: string): Promise<void> {
  const { id, attempt, wantedRevision } = target;
  return context.transaction(async (sql) => {
    const now = await lockActTarget(sql, id);
    if (now?.wantedRevision === wantedRevision && now.observed === 'stopped' && now.attempt === attempt)
      await recordWanted(sql, { id, wanted: 'stopped', reason });
  });
}

async function recordAnswer(
  context: Context,
  target: ActTarget,
  sandbox: HostSandbox | undefined,
): Promise<Sandbox | undefined> {
  const observed = sandbox && observedFrom(sandbox.state);
  if (!observed) return undefined;
  return record(context, target, {
    observed,
    hostRevision: sandbox.revision,
    reason: observed === target.wanted ? whyAsWanted(target, target.observed) : sandbox.reason,
  });
}

/** By compare-and-set: where the reconciler or another call was quicker, what they wrote stays. */
function record(
  context: Context,
  { id, attempt, observedRevision }: ActTarget,
  seen: Pick<Observation, 'observed' | 'hostRevision' | 'reason' | 'lastLog'>,
): Promise<Sandbox | undefined> {
  const lastLog = seen.lastLog && storableLog(seen.lastLog);
  return context.together(async (sql) => {
    const [, [known]] = await Promise.all([
      recordObserved(sql, { id, attempt, since: observedRevision, ...seen, lastLog }),
      findSandboxes(sql, [id]),
    ]);
    return known;
  });
}

/** What a guest has written, as the database takes it. */
export const storableLog = (log: string): string => log.slice(-16_384).toWellFormed().replaceAll('\0', '\u{fffd}');
