import { authorize, type Action } from '../access/index.ts';
import type { Context } from '../context.ts';
import { hostUnreachable, Refusal } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import { requireAllowed } from '../state-rules.ts';
import type { ActivityLog } from './activity.ts';
import { visibleSandbox, visibleTarget } from './find.ts';
import type { RememberedTargets } from './remembered.ts';
import { endStates, type ObservedState } from './sandbox.ts';
import { sandboxActions, situationOf } from './states.ts';
import { findLastLog, type SandboxTarget } from './store.ts';
import { awaken } from './use.ts';

/** How other features get into a sandbox. */
export interface SandboxDoor {
  /** The sandbox, if the caller may do this in it, whether it runs or not. */
  find(context: Context, sandboxId: string, action: Action): Promise<SandboxTarget>;
  /** The same for who is about to use it: it goes on by itself where it may, else it has to run. `note` when it is used. */
  enter(context: Context, sandboxId: string, action: Action): Promise<SandboxTarget>;
  /** The same for who uses it now: that is noted, which may renew it. */
  use(context: Context, sandboxId: string, action: Action): Promise<SandboxTarget>;
  /** The same from memory. Whoever is refused by the host then asks again with `use`: it may have changed a moment ago. */
  useRemembered(context: Context, sandboxId: string, action: Action): Promise<SandboxTarget>;
  /** The same for who only looks: it has to run, and nothing is noted. */
  visit(context: Context, sandboxId: string, action: Action): Promise<SandboxTarget>;
  /** Something goes on in it: what began with `enter` or `use` lasts. */
  note(sandboxId: string): void;
  /** The last that the runtime and the init of a sandbox wrote that has ended. Nothing is checked: `find` comes before. */
  lastLog(context: Context, sandboxId: string): Promise<string>;
  /** Why a sandbox has ended; undefined where it has not, or the caller may not know of it. */
  ended(context: Context, sandboxId: string): Promise<string | undefined>;
}

export function sandboxDoor(calls: HostCalls, activity: ActivityLog, targets: RememberedTargets): SandboxDoor {
  const find = async (context: Context, sandboxId: string, action: Action, isFresh = true): Promise<SandboxTarget> => {
    const sandbox = await visibleTarget(context, targets, sandboxId, isFresh);
    authorize(context.caller, action, sandbox);
    return sandbox;
  };
  const enter = async (context: Context, sandboxId: string, action: Action): Promise<SandboxTarget> => {
    const sandbox = await find(context, sandboxId, action);
    await awaken(context, calls, sandbox);
    return sandbox;
  };
  const use = async (context: Context, sandboxId: string, action: Action): Promise<SandboxTarget> => {
    const sandbox = await enter(context, sandboxId, action);
    activity.happened(sandbox.id);
    return sandbox;
  };
  return {
    find: (context, sandboxId, action) => find(context, sandboxId, action),
    enter,
    use: (context, sandboxId, action) => use(context, sandboxId, action),
    async useRemembered(context, sandboxId, action) {
      const sandbox = await find(context, sandboxId, action, false);
      // What has just been resumed may be remembered as paused: nobody is refused, nor woken, by memory.
      if (situationOf(sandbox) !== 'running') return use(context, sandboxId, action);
      activity.happened(sandbox.id);
      return sandbox;
    },
    async visit(context, sandboxId, action) {
      const sandbox = await find(context, sandboxId, action);
      const situation = situationOf(sandbox);
      if (situation === 'missing') throw hostUnreachable('The host of this sandbox cannot be reached now.');
      requireAllowed(sandboxActions['sandbox.run'], situation);
      return sandbox;
    },
    note: (sandboxId) => activity.happened(sandboxId),
    lastLog: ({ sql }, sandboxId) => findLastLog(sql, sandboxId),
    async ended(context, sandboxId) {
      const sandbox = await visibleSandbox(context, sandboxId).catch((error: unknown) => {
        if (error instanceof Refusal) return undefined;
        throw error;
      });
      return sandbox && isEnd(sandbox.observed) ? sandbox.reason : undefined;
    },
  };
}

const isEnd = (observed: ObservedState): boolean => endStates.some((state) => state === observed);
