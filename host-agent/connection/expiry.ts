import { sayDuration } from '../duration.ts';
import type { Context } from '../context.ts';
import type { Sandboxes } from '../sandboxes/index.ts';
import { Wakeup } from '../wakeup.ts';
import type { Contact } from './contact.ts';

/** Between two looks at the clock. */
const lookEveryMs = 1000;

/**
 * Ends, stops or pauses sandboxes whose time is over while the control plane has been silent for so long; before that it
 * is the control plane's work, which may know of a renewal that is still on its way. Never returns.
 */
export async function guardExpiry(
  context: Context,
  contact: Contact,
  sandboxes: Sandboxes,
  awayAfterMs: number,
): Promise<never> {
  for (;;) {
    await new Wakeup().wait(lookEveryMs, context.signal);
    if (contact.silentMs < awayAfterMs) continue;
    const over = await sandboxes.endExpired();
    if (over.length > 0)
      context.log.warn(
        { sandboxIds: over },
        `The time of ${over.length === 1 ? 'a sandbox was' : `${over.length} sandboxes was`} over, and the control plane has not been reached for ${sayDuration(awayAfterMs)}: done here what was to become of them.`,
      );
  }
}
