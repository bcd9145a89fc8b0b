import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { conflict, notFound } from '../errors.ts';
import { requireAllowed } from '../state-rules.ts';
import type { Rollout, RolloutState } from './rollout.ts';
import { rolloutActions, type RolloutAction } from './states.ts';
import { findRollout, moveRollout } from './store.ts';

type Change = Parameters<typeof moveRollout>[3];

const changeOf: Readonly<Record<RolloutAction, Change>> = {
  pause: { state: 'paused' },
  resume: { state: 'running' },
  abort: { state: 'stopping', outcome: 'aborted', sentence: 'It was aborted.' },
};

/** Pauses, resumes or aborts a rollout. Idempotent: what it is already, it stays. */
export function changeRollout(context: Context, id: string, action: RolloutAction): Promise<Rollout> {
  return context.transaction(async (sql) => {
    const rollout = await findRollout(sql, id);
    if (!rollout) throw notFound('rollout');
    requireAllowed(rolloutActions[action], rollout.state);
    const change = changeOf[action];
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
