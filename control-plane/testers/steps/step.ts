import type { Context } from '../../context.ts';
import type { Sql } from '../../database/index.ts';
import { conflict } from '../../errors.ts';
import type { TesterParts } from '../parts.ts';
import { lockTester } from '../store.ts';
import type { Tester } from '../tester.ts';

/** How a step ended, in a sentence for people; `wait` looks again by itself. Refusals are thrown. */
export type Outcome =
  | { readonly kind: 'done' | 'skipped' | 'failed'; readonly sentence: string }
  | { readonly kind: 'wait'; readonly sentence: string; readonly forMs: number };

/** What a step is carried out with. */
export interface StepContext {
  readonly context: Context;
  readonly parts: TesterParts;
  readonly tester: Tester;
  /** Since when the step is under way, over all attempts. */
  readonly since: Date;
}

/** A step in both directions. Either can be killed at any line and repeated: it finds what there is, and does the rest. */
export interface StepHands {
  carryOut(step: StepContext): Promise<Outcome>;
  undo(step: StepContext): Promise<Outcome>;
}

export const done = (sentence: string): Outcome => ({ kind: 'done', sentence });
export const skipped = (sentence: string): Outcome => ({ kind: 'skipped', sentence });
export const failed = (sentence: string): Outcome => ({ kind: 'failed', sentence });

/** Runs the work with the tester's row locked, as it is then. Throws where something else is wanted by now. */
export function withTester<T>(
  { context, tester }: Pick<StepContext, 'context' | 'tester'>,
  work: (sql: Sql, locked: NonNullable<Awaited<ReturnType<typeof lockTester>>>) => Promise<T>,
): Promise<T> {
  return context.transaction(async (sql) => {
    const locked = await lockTester(sql, tester.id);
    if (locked?.wanted !== tester.wanted) throw conflict('Something else is wanted of this tester by now.');
    return work(sql, locked);
  });
}

/** The account and the team that the steps before have made. */
export function present({ userId, teamId }: Tester): { readonly userId: string; readonly teamId: string } {
  if (userId === null || teamId === null) throw new Error('a step was begun before those that it needs');
  return { userId, teamId };
}
