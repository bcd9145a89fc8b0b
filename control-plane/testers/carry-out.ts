import { Code } from '@connectrpc/connect';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { isDatabaseUnavailable } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import type { TesterParts } from './parts.ts';
import { claimStep, endAttempt, findDueSteps, type Claim, type StepEnd } from './step-store.ts';
import { stepHands, type Outcome } from './steps/index.ts';
import { findTester } from './store.ts';
import type { StepKind, Tester } from './tester.ts';

/** Carries out what is to be done for a tester now, one step after the other. */
export async function carryOutSteps(context: Context, parts: TesterParts, testerId: string): Promise<void> {
  for (;;) {
    context.signal.throwIfAborted();
    const [due] = await findDueSteps(context.sql, 1, testerId);
    const tester = due && (await findTester(context.sql, testerId));
    if (!due || !tester) return;
    const claim = await claimStep(context.sql, tester, due.kind);
    if (claim) await carryOut(context, parts, tester, due.kind, claim);
  }
}

async function carryOut(
  context: Context,
  parts: TesterParts,
  tester: Tester,
  kind: StepKind,
  claim: Claim,
): Promise<void> {
  const end = await endOf(context, claim, () => {
    const step = { context, parts, tester, since: claim.startedAt };
    return tester.wanted === 'present' ? stepHands[kind].carryOut(step) : stepHands[kind].undo(step);
  });
  await context.transaction(async (sql) => {
    if (!(await endAttempt(sql, tester.id, kind, claim.attempt, end)) || end.state === 'running') return;
    await recordAudit(sql, context, {
      action: tester.wanted === 'present' ? 'tester.step' : 'tester.step.undo',
      target: tester.id,
      outcome: end.state === 'failed' ? 'failed' : 'done',
      after: { step: kind, state: end.state },
      ...(end.state === 'failed' && { reason: end.sentence }),
    });
  });
}

/** What passes by itself: a host or a database that cannot be reached, a race that was lost. */
const passing: readonly Code[] = [Code.Unavailable, Code.Aborted, Code.AlreadyExists, Code.DeadlineExceeded];
/** Then it is said as failed, until somebody repeats it. */
const mostFailures = 5;
const shortestMs = 2_000;

async function endOf(context: Context, { failures }: Claim, work: () => Promise<Outcome>): Promise<StepEnd> {
  try {
    const outcome = await work();
    if (outcome.kind === 'wait')
      return { state: 'running', sentence: outcome.sentence, againInMs: outcome.forMs, failures };
    return { state: outcome.kind, sentence: outcome.sentence, againInMs: 0, failures: 0 };
  } catch (error) {
    if (context.signal.aborted || isDatabaseUnavailable(error)) throw error;
    if (!(error instanceof Refusal)) {
      context.log.error({ err: error }, 'a step of a tester failed by our own fault');
      return { state: 'failed', sentence: ourFault, againInMs: 0, failures: 0 };
    }
    const sentence = `${error.message} ${error.help}`.trim();
    if (!passing.includes(error.code) || failures + 1 >= mostFailures)
      return { state: 'failed', sentence, againInMs: 0, failures: 0 };
    return { state: 'running', sentence, againInMs: shortestMs * 2 ** failures, failures: failures + 1 };
  }
}

const ourFault = 'Something went wrong on the server; its log says what. Repeat this, or tell whoever runs the server.';
