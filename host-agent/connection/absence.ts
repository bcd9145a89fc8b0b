import type { Context } from '../context.ts';
import { sayDuration } from '../duration.ts';
import type { Sandboxes } from '../sandboxes/index.ts';
import { Wakeup } from '../wakeup.ts';
import type { Contact } from './contact.ts';

/** What happens to sandboxes while the control plane is lost. */
export interface AbsenceRules {
  /** How long the control plane may be silent before sandboxes are frozen. Infinity: for ever. Read anew each time. */
  pauseAfterMs(): number;
  /** How long to wait on return for the control plane to look at the inventory. */
  readonly inventoryWithinMs: number;
  /** How long it then has to say what has changed meanwhile. */
  readonly settleMs: number;
}

/** Between two looks at the clock; the rules may change meanwhile. */
const lookEveryMs = 1000;

/**
 * Freezes the sandboxes when the control plane is lost for too long or has revoked this host. On its return what it
 * wants now comes first; then exactly those go on that were frozen here and are still wanted running. Never returns.
 */
export async function guardAbsence(
  context: Context,
  contact: Contact,
  sandboxes: Sandboxes,
  rules: AbsenceRules,
): Promise<never> {
  const [never] = await Promise.all([
    againAndAgain(context, () => pauseWhenLost(context, contact, sandboxes, rules)),
    againAndAgain(context, () => resumeOnReturn(context, contact, sandboxes, rules)),
  ]);
  return never;
}

async function againAndAgain(context: Context, act: () => Promise<void>): Promise<never> {
  for (;;) {
    try {
      await act();
    } catch (error) {
      context.signal.throwIfAborted();
      context.log.error({ err: error }, 'Pausing or resuming all sandboxes failed; trying again.');
      await new Wakeup().wait(lookEveryMs, context.signal);
    }
  }
}

async function pauseWhenLost(
  context: Context,
  contact: Contact,
  sandboxes: Sandboxes,
  rules: AbsenceRules,
): Promise<void> {
  const pauseAfterMs = rules.pauseAfterMs();
  const revoked = contact.revoked && Number.isFinite(pauseAfterMs);
  if (!revoked && contact.silentMs < pauseAfterMs)
    return waitAtMost(Math.min(lookEveryMs, pauseAfterMs - contact.silentMs), context.signal, (signal) =>
      contact.next('revoked', signal),
    );
  const why = revoked
    ? 'The installation has revoked the credentials of this host.'
    : `The host has not reached the control plane for ${sayDuration(pauseAfterMs)}.`;
  await sandboxes.pauseAll(why);
  context.log.warn({ sandboxes: countPaused(sandboxes) }, `${why} Its sandboxes are paused.`);
  await contact.next('heard', context.signal);
}

async function resumeOnReturn(
  context: Context,
  contact: Contact,
  sandboxes: Sandboxes,
  rules: AbsenceRules,
): Promise<void> {
  await contact.next('heard', context.signal);
  // Expired ones are frozen, too, by another hand.
  if (countPaused(sandboxes) === 0) return;
  await waitAtMost(rules.inventoryWithinMs, context.signal, (signal) => contact.next('asked', signal));
  await new Wakeup().wait(rules.settleMs, context.signal);
  const before = countPaused(sandboxes);
  await sandboxes.resumePausedByAgent();
  const count = before - countPaused(sandboxes);
  if (count > 0)
    context.log.info({ sandboxes: count }, 'The control plane is back; the sandboxes that were paused here go on.');
}

const countPaused = (sandboxes: Sandboxes) =>
  sandboxes.inventory().sandboxes.filter((sandbox) => sandbox.pausedByAgent).length;

/** Waits for something, and gives up without complaint when the time is over. */
async function waitAtMost(
  ms: number,
  signal: AbortSignal,
  waiting: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  try {
    await waiting(AbortSignal.any([signal, over.signal]));
  } catch (error) {
    if (signal.aborted || !over.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}
