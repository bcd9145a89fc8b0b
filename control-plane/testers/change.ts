import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { invalidField, notFound } from '../errors.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { retryRule } from './states.ts';
import { retryFailed, retrySteps } from './step-store.ts';
import { countGoing, findTester, lockTester, wantAbsent } from './store.ts';
import type { StepKind, Tester } from './tester.ts';

/** The tester. Throws `not_found`. */
export async function presentTester(sql: Sql, id: string): Promise<Tester> {
  const tester = await findTester(sql, id);
  if (!tester) throw notFound('tester');
  return tester;
}

/** Has a step done again, or all that have failed. */
export function retryStep(context: Context, id: string, kind: StepKind | undefined): Promise<Tester> {
  return context.transaction(async (sql) => {
    await lockTester(sql, id);
    const { steps } = await presentTester(sql, id);
    const meant = steps.filter((step) => (kind === undefined ? step.state === 'failed' : step.kind === kind));
    if (kind !== undefined && meant.length === 0) throw invalidField('step', 'step: this tester has no such step.');
    for (const { state } of meant) requireAllowed(retryRule, state);
    const kinds = meant.map((step) => step.kind);
    if (kinds.length > 0) {
      await retrySteps(sql, id, kinds);
      await recordAudit(sql, context, { action: 'tester.retry', target: id, after: { steps: kinds } });
    }
    return presentTester(sql, id);
  });
}

/** Has everything done again that has failed, of everybody. Answers of how many. */
export const retryAllFailed = (context: Context): Promise<number> =>
  context.transaction(async (sql) => {
    const retried = await retryFailed(sql);
    // They go to the database one behind the other, without waiting for answers.
    await Promise.all(
      retried.map(({ testerId, steps }) =>
        recordAudit(sql, context, { action: 'tester.retry', target: testerId, after: { steps } }),
      ),
    );
    return retried.length;
  });

/** What goes with a tester. */
export interface Going {
  readonly tester: Tester;
  readonly sandboxes: number;
  readonly coUsers: number;
}

interface RemoveRequest {
  readonly testerId: string;
  readonly confirmName: string;
  readonly reason: string;
}

/** Says what would go with a tester. */
export async function previewRemoval(context: Context, testerId: string): Promise<Going> {
  const tester = await presentTester(context.sql, testerId);
  return { tester, ...(await countGoing(context.sql, tester)) };
}

/** Has everything undone that was done for a tester, also while it is under way. Idempotent. */
export function removeTester(context: Context, { testerId, confirmName, reason }: RemoveRequest): Promise<Going> {
  return context.transaction(async (sql) => {
    await lockTester(sql, testerId);
    const tester = await presentTester(sql, testerId);
    if (confirmName.trim() !== tester.name)
      throw invalidField('confirm_name', 'confirm_name must be the name of the tester who is to be removed.');
    const going = await countGoing(sql, tester);
    if (await wantAbsent(sql, testerId)) {
      const { template, hostId, userId, teamId } = tester;
      await recordAudit(sql, context, {
        action: 'tester.remove',
        target: testerId,
        before: { template, hostId, user: userId, team: teamId },
        after: { ...going, tester: undefined },
        reason: reason || undefined,
      });
      await announce(sql, 'tester', [testerId]);
    }
    return { ...going, tester: await presentTester(sql, testerId) };
  });
}
