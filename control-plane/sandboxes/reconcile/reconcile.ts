import PQueue from 'p-queue';
import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import type { Hands } from '../images.ts';
import type { StateMark } from '#proto/muster/agent/v1/enrolment_pb.js';
import {
  findReleased,
  isDrifting,
  noteAhead,
  readMark,
  recordHeld,
  recordReconcile,
  recordUnknownSandboxes,
  stepsAhead,
} from '../../hosts/index.ts';
import { Refusal } from '../../errors.ts';
import { carryOut } from './carry-out.ts';
import { planReconcile, unexpectedIn, type Step } from './plan.ts';
import { summarise, type Tally } from './summary.ts';
import { findKnown, findKnownOn, readTime } from './store.ts';

const inventoryTimeoutMs = 15_000;
/** Calls on one host at a time. */
const stepsAtOnce = 4;

/**
 * Compares what should be on a host with what its agent says is there, and repairs what differs. Idempotent; does not
 * retry inside: what it could not do, the next run finds again. Its result stands on the host's row as one sentence.
 */
export async function reconcileHost(context: Context, calls: Hands, hostId: string): Promise<void> {
  const { sql } = context;
  // In this order: what is known first, so that absence is evidence; what is unexpected last, so that nothing newer is missed.
  const beganAt = await readTime(sql);
  const known = await findKnownOn(sql, hostId);
  const inventory = await calls.call(
    hostId,
    inventoryTimeoutMs,
    (client, options) => client.getInventory({}, options),
    context.signal,
  );
  const others = await findKnown(sql, unexpectedIn({ known, inventory }));
  const drifting = await looksOlder(context, hostId, inventory.seen);
  const released = new Set(
    (await findReleased(sql, hostId)).map(({ sandboxId, attempt }) => `${sandboxId}/${attempt}`),
  );
  const planned = planReconcile({ hostId, known, inventory, others });
  // An older database must end nothing: what it learns is written down, what it would do waits.
  const steps = planned.filter((step) => !drifting || step.kind === 'observe');
  const held = planned.length - steps.length;
  const problems = await carryOutAll(
    context,
    calls,
    hostId,
    steps.filter((step) => step.kind !== 'freeze' || !released.has(`${step.sandboxId}/${step.attempt}`)),
  );
  const sentence = `${summarise(known.length, tallyOf(steps), problems)}${held > 0 ? ` ${held} more held back: the database is older than this host.` : ''}`;
  const note = drifting ? driftNote : unknownNote;
  const unknown = planned.flatMap((step) => (step.kind === 'freeze' ? [{ ...step, note }] : []));
  await context.transaction(async (tx) => {
    await recordUnknownSandboxes(tx, hostId, unknown);
    await recordHeld(tx, hostId, held);
    await recordReconcile(tx, hostId, { beganAt, digest: problems.length > 0 ? null : inventory.digest, sentence });
    await announce(tx, 'host', [hostId]);
  });
  if (steps.length > 0) context.log.info({ hostId, steps: steps.map(({ kind }) => kind), problems }, sentence);
}

const driftNote = 'The database does not know it: it is older than this host. It was left as it is.';

/** Whether the database is older than what hosts have seen; this one's word counts before anything is done to it. */
function looksOlder(context: Context, hostId: string, seen: StateMark | undefined): Promise<boolean> {
  return context.transaction(async (sql) => {
    const steps = stepsAhead(context.installation, seen, await readMark(sql));
    if (steps > 0n) await noteAhead(sql, context, hostId, steps);
    return isDrifting(sql);
  });
}

const unknownNote = 'The database does not know it. It was frozen; it goes on only when an operator decides.';

/** Steps of one sandbox follow one another; sandboxes do not wait for each other. Answers what went wrong. */
async function carryOutAll(context: Context, calls: Hands, hostId: string, steps: readonly Step[]): Promise<string[]> {
  const bySandbox = Map.groupBy(steps, (step) => ('sandbox' in step ? step.sandbox.id : step.sandboxId));
  const queue = new PQueue({ concurrency: stepsAtOnce });
  const problems: string[] = [];
  await queue.addAll(
    [...bySandbox].map(([sandboxId, its]) => async () => {
      try {
        for (const step of its) await carryOut(context, calls, hostId, step);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        problems.push(`${sandboxId}: ${error.message}`);
      }
    }),
  );
  return problems;
}

function tallyOf(steps: readonly Step[]): Tally {
  const count = (matches: (step: Step) => boolean) => steps.filter(matches).length;
  return {
    restored: count((step) => step.kind === 'observe' && step.restored),
    updated: count((step) => step.kind === 'observe' && !step.restored),
    brought: count(({ kind }) => kind === 'act'),
    failed: count((step) => step.kind === 'bury' || (step.kind === 'gone' && step.observed === 'failed')),
    destroyed: count((step) => step.kind === 'gone' && step.observed === 'destroyed'),
    removed: count(({ kind }) => kind === 'remove'),
    placedAgain: count(({ kind }) => kind === 'never_started'),
    frozen: count(({ kind }) => kind === 'freeze'),
  };
}
