import PQueue from 'p-queue';
import type { Context } from '../../context.ts';
import { Refusal } from '../../errors.ts';
import type { Hands } from '../images.ts';
import { carryOut } from './carry-out.ts';
import type { Step } from './plan.ts';

/** Calls on one host at a time. */
const stepsAtOnce = 4;
/** A run begins nothing new after this time, and touches no more sandboxes than this. The next run goes on. */
const budgetMs = 60_000;
const mostSandboxes = 500;

/** How far a run came. */
interface CarriedOut {
  /** What went wrong, by sandbox. */
  readonly problems: readonly string[];
  /** The sandboxes that it did not come to. */
  readonly left: ReadonlySet<string>;
}

/** The sandbox that a step is about. */
export const sandboxOf = (step: Step): string => ('sandbox' in step ? step.sandbox.id : step.sandboxId);

/**
 * Carries out what can be done within one run. Steps of one sandbox follow one another; sandboxes do not wait for each
 * other. Each run begins with another sandbox, so that those that fail do not keep the others from their turn; what
 * nobody knows comes last.
 */
export async function carryOutAll(
  context: Context,
  calls: Hands,
  hostId: string,
  steps: readonly Step[],
): Promise<CarriedOut> {
  const work = Map.groupBy(steps.filter(needsHands), sandboxOf);
  const [strange, ours] = split([...work.keys()], (id) => work.get(id)!.every(({ kind }) => kind === 'freeze')); // its own keys
  const inOrder = [...fromAnywhere(ours), ...fromAnywhere(strange)];
  const left = new Set(inOrder.slice(mostSandboxes));
  const problems: string[] = [];
  const endsAtMs = performance.now() + budgetMs;
  const queue = new PQueue({ concurrency: stepsAtOnce });
  await queue.addAll(
    inOrder.slice(0, mostSandboxes).map((id) => async () => {
      if (performance.now() > endsAtMs) return void left.add(id);
      try {
        for (const step of work.get(id) ?? []) await carryOut(context, calls, hostId, step);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        problems.push(`${id}: ${error.message}`);
      }
    }),
  );
  return { problems, left };
}

/** What is frozen already needs nothing more. */
const needsHands = (step: Step): boolean => step.kind !== 'freeze' || step.running;

function split(ids: readonly string[], isFirst: (id: string) => boolean): [string[], string[]] {
  const { first = [], second = [] } = Object.groupBy(ids, (id) => (isFirst(id) ? 'first' : 'second'));
  return [first, second];
}

function fromAnywhere(ids: readonly string[]): string[] {
  const start = Math.floor(Math.random() * ids.length);
  return [...ids.slice(start), ...ids.slice(0, start)];
}
