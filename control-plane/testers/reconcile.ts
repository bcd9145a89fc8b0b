import PQueue from 'p-queue';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { isDatabaseUnavailable } from '../database/index.ts';
import { announce } from '../events/index.ts';
import type { Loop } from '../loops/index.ts';
import { carryOutSteps } from './carry-out.ts';
import type { TesterParts } from './parts.ts';
import { findDueSteps } from './step-store.ts';
import { forgetRemoved } from './store.ts';

/** Brings testers to where they should be. */
export interface TesterReconciler {
  readonly loop: Loop;
  /** Waits until what runs has ended. */
  close(): Promise<void>;
}

/** Each may wait for a host; what waits for none is done in milliseconds. */
const testersAtOnce = 8;
/** What is left over is found when these are done. */
const stepsAtOnce = 500;

/** One tester that takes long keeps no other one waiting. Where two replicas come to be at it, each step is still done once. */
export function openReconciler(parts: TesterParts): TesterReconciler {
  const queue = new PQueue({ concurrency: testersAtOnce });
  const underWay = new Set<string>();

  const start = (context: Context, testerId: string) => {
    underWay.add(testerId);
    queue
      .add(() => carryOutSteps(context, parts, testerId))
      .catch((error: unknown) => {
        if (!context.signal.aborted && !isDatabaseUnavailable(error))
          context.log.error({ err: error, testerId }, 'a tester could not be brought forward; it is tried again');
      })
      .finally(() => underWay.delete(testerId));
  };

  return {
    loop: {
      name: 'testers.reconcile',
      everyMs: 2_000,
      wakeOn: ['tester'],
      singleton: true,
      async run(context) {
        const removed = await forgetGone(context);
        const due = new Set((await findDueSteps(context.sql, stepsAtOnce)).map(({ testerId }) => testerId));
        for (const testerId of due) if (!underWay.has(testerId)) start(context, testerId);
        return { removed, due: due.size };
      },
    },
    close: () => queue.onIdle(),
  };
}

/** Of whom everything is undone, nothing is kept but what the audit says. */
const forgetGone = (context: Context): Promise<number> =>
  context.transaction(async (sql) => {
    const gone = (await forgetRemoved(sql)).map(({ id }) => id);
    for (const id of gone) await recordAudit(sql, context, { action: 'tester.removed', target: id });
    await announce(sql, 'tester', gone);
    return gone.length;
  });
