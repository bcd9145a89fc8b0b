import type { Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import { recordAudit } from '../audit/index.ts';
import { readNow } from '../fleet/index.ts';
import type { Now } from './deadlines.ts';
import { plan, type Step } from './plan.ts';
import type { Rollout } from './rollout.ts';
import {
  askToStop,
  beginBatch,
  beginCommand,
  beginSoak,
  findRollout,
  findRolloutsUnderWay,
  holdRollout,
  moveRollout,
  moveUpdate,
  readUpdates,
} from './store.ts';

/** Each step can make others possible; what is left over is done the next time. */
const mostRounds = 50;

/**
 * Brings all rollouts forward as far as they can go now. Every step is a compare-and-set, planned from what the database
 * says: it can be killed at any line and goes on where it was.
 */
export async function reconcileRollouts(
  context: Context,
  { inGrace }: Pick<Now, 'inGrace'>,
): Promise<{ rollouts: number; steps: number }> {
  const ids = await findRolloutsUnderWay(context.sql);
  let steps = 0;
  for (const id of ids) steps += await reconcileRollout(context, id, inGrace);
  return { rollouts: ids.length, steps };
}

async function reconcileRollout(context: Context, id: string, inGrace: boolean): Promise<number> {
  let done = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    context.signal.throwIfAborted();
    const rollout = await findRollout(context.sql, id);
    if (!rollout) return done;
    // The clock is read last, so that no report is of the future.
    const updates = await readUpdates(context.sql, id);
    const at = await readNow(context.sql);
    const steps = plan(rollout, updates, { at, staleAfterMs: context.config.staleAfterMs, inGrace });
    if (steps.length === 0) return done;
    await context.transaction(async (sql) => {
      // What was paused or aborted meanwhile begins nothing more.
      if (!(await holdRollout(sql, rollout))) return;
      for (const step of steps) await take(sql, context, rollout, step);
    });
    done += steps.length;
  }
  return done;
}

async function take(sql: Sql, context: Context, rollout: Rollout, step: Step): Promise<void> {
  switch (step.kind) {
    case 'begin': {
      const command = { id: newId('upd'), kind: step.command, reason: step.reason };
      await beginCommand(sql, step.update, command);
      return;
    }
    case 'move':
      await moveUpdate(sql, step.update, step.to, step.reason);
      return;
    case 'stop command':
      await askToStop(sql, step.update.id);
      return;
    case 'soak':
      await beginSoak(sql, rollout);
      return;
    case 'next batch':
      await beginBatch(sql, rollout);
      return;
    case 'stop':
      await moveRollout(sql, rollout.id, ['running', 'paused'], {
        state: 'stopping',
        outcome: step.outcome,
        sentence: step.sentence,
      });
      return;
    case 'end': {
      const { state, sentence } = step;
      const ended = await moveRollout(sql, rollout.id, ['running', 'paused', 'stopping'], { state, sentence });
      if (ended)
        await recordAudit(sql, context, {
          action: 'rollout.end',
          target: rollout.id,
          after: { state, sentence, counts: rollout.counts },
        });
    }
  }
}
