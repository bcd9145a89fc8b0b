import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { conflict, notFound } from '../errors.ts';
import { requireAllowed } from '../state-rules.ts';
import type { Rollout, RolloutState } from './rollout.ts';
import { rolloutActions, type RolloutAction } from './states.ts';
import { findCallerName, findRollout, moveRollout } from './store.ts';

type Change = Parameters<typeof moveRollout>[3];

/** What each action makes of a rollout, by whom. */
const changeOf: Readonly<Record<RolloutAction, (name: string) => Change>> = {
  pause: (name) => ({ state: 'paused', sentence: `Paused by ${name}` }),
  resume: () => ({ state: 'running', sentence: '' }),
  abort: (name) => ({ state: 'stopping', outcome: 'aborted', sentence: `It was aborted by ${name}.` }),
};

/** Pauses, resumes or aborts a rollout. Idempotent: what it is already, it stays. */
export function changeRollout(context: Context, id: string, action: RolloutAction): Promise<Rollout> {
  return context.transaction(async (sql) => {
    const rollout = await findRollout(sql, id);
    if (!rollout) throw notFound('rollout');
    requireAllowed(rolloutActions[action], rollout.state);
    const change = changeOf[action](await findCallerName(sql, context));
    if (rollout.state === change.state && rollout.outcome === (change.outcome ?? null)) return rollout;
    const from: readonly RolloutState[] = [rollout.state];
    if (!(await moveRollout(sql, id, from, change))) throw conflict('The rollout has just changed.');
    await recordAudit(sql, context, {
      action: `rollout.${action}`,
      target: id,
      before: { state: rollout.state },
      after: { state: change.state },
    });
    return (await findRollout(sql, id))!; // its row was there a moment ago
  });
}
