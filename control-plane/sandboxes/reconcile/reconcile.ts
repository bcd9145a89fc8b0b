import type { Context } from '../../context.ts';
import { announce } from '../../events/index.ts';
import type { Hands } from '../images.ts';
import type { StateMark } from '#proto/muster/agent/v1/enrolment_pb.js';
import {
  findReleased,
  isDrifting,
  mayBeCopy,
  noteAhead,
  readMark,
  recordHeld,
  recordReconcile,
  recordUnknownSandboxes,
  stepsAhead,
} from '../../hosts/index.ts';
import { admit } from './admit.ts';
import { carryOutAll, sandboxOf } from './carry-out-all.ts';
import { doubts, frozenNote, mayBeDone, type Doubt } from './doubt.ts';
import { keyOf, planReconcile, unexpectedIn, type Step } from './plan.ts';
import { summarise, type Tally } from './summary.ts';
import { findKnown, findKnownOn, isConnectedFor, readTime } from './store.ts';

const inventoryTimeoutMs = 15_000;
/** Two agents of one host are found by their heartbeats within a minute. */
const copiesFoundWithinMs = 120_000;

/**
 * Compares what should be on a host with what its agent says is there, and repairs what differs. Idempotent; does not
 * retry inside: what it could not do, or not in its time, the next run finds again. Its result stands on the host's row
 * as one sentence.
 */
export async function reconcileHost(context: Context, calls: Hands, hostId: string): Promise<ReconcileResult> {
  const { sql } = context;
  // In this order: what is known first, so that absence is evidence; what is unexpected last, so that nothing newer is missed.
  const beganAt = await readTime(sql);
  const known = await findKnownOn(sql, hostId);
  const answer = await calls.call(
    hostId,
    inventoryTimeoutMs,
    (client, options) => client.getInventory({}, options),
    context.signal,
  );
  const { sandboxes, turnedAway } = admit(known, answer);
  const inventory = { sandboxes, ended: answer.ended };
  const others = await findKnown(sql, unexpectedIn({ known, inventory }));
  const released = new Set((await findReleased(sql, hostId)).map((one) => keyOf(one.sandboxId, one.attempt)));
  const planned = planReconcile({ hostId, known, inventory, others });
  const doubt = await findDoubt(context, hostId, answer.seen, planned);
  const steps = planned.filter((step) => mayBeDone(step, doubt));
  const held = planned.length - steps.length;
  const { problems, left } = await carryOutAll(
    context,
    calls,
    hostId,
    steps.filter((step) => step.kind !== 'freeze' || !released.has(keyOf(step.sandboxId, step.attempt))),
  );
  const tally = tallyOf(steps.filter((step) => !left.has(sandboxOf(step))));
  const sentence = summarise(known.length, tally, { problems, held, doubt, left: left.size, turnedAway });
  const note = doubt ? doubts[doubt].unknownNote : frozenNote;
  const unknown = planned.flatMap((step) => (step.kind === 'freeze' ? [{ ...step, note }] : []));
  const isSettled = problems.length === 0 && left.size === 0;
  await context.transaction(async (tx) => {
    await recordUnknownSandboxes(tx, hostId, unknown, turnedAway);
    await recordHeld(tx, hostId, doubt === 'drift' ? held : 0);
    await recordReconcile(tx, hostId, { beganAt, digest: isSettled ? answer.digest : null, sentence });
    await announce(tx, 'host', [hostId]);
  });
  if (steps.length > 0) context.log.info({ hostId, steps: steps.length, problems: problems.slice(0, 10) }, sentence);
  return { steps: steps.length - left.size, problems: problems.length, turnedAway };
}

/** What one run did. */
export interface ReconcileResult {
  readonly steps: number;
  readonly problems: number;
  /** What the host named beyond all that is looked at. */
  readonly turnedAway: number;
}

/** Why not everything may be done now: the database may be older than the host, or the host a copy of itself. */
async function findDoubt(
  context: Context,
  hostId: string,
  seen: StateMark | undefined,
  planned: readonly Step[],
): Promise<Doubt | undefined> {
  const older = await context.transaction(async (sql) => {
    // This one's word counts before anything is done to it.
    const steps = stepsAhead(context.installation, seen, await readMark(sql));
    if (steps > 0n) await noteAhead(sql, context, hostId, steps);
    return isDrifting(sql);
  });
  if (older) return 'drift';
  if (await mayBeCopy(context.sql, hostId)) return 'copy';
  const wentBack = planned.some((step) => step.kind === 'observe' && step.wentBack);
  return wentBack && !(await isConnectedFor(context.sql, hostId, copiesFoundWithinMs)) ? 'older disk' : undefined;
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
