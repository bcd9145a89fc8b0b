import { sayDuration } from '../duration.ts';
import type { Context } from '../context.ts';
import type { Sandboxes } from '../sandboxes/index.ts';
import { Wakeup } from '../wakeup.ts';
import type { Contact } from './contact.ts';

/** How long the control plane is silent before expired sandboxes are frozen, and before they are given up. */
interface ExpiryRules {
  readonly freezeExpiredAfterMs: number;
  readonly endExpiredAfterMs: number;
}

/** Between two looks at the clock. */
const lookEveryMs = 1000;

/**
 * Freezes sandboxes whose time is over while the control plane is lost: somebody may have renewed them meanwhile, and
 * nothing of them is lost. What is to become of them is done by the control plane on its return; here only where it has
 * been away for very long. Never returns.
 */
export async function guardExpiry(
  context: Context,
  contact: Contact,
  sandboxes: Sandboxes,
  { freezeExpiredAfterMs, endExpiredAfterMs }: ExpiryRules,
): Promise<never> {
  for (;;) {
    await new Wakeup().wait(lookEveryMs, context.signal);
    if (contact.silentMs >= freezeExpiredAfterMs) {
      const frozen = await sandboxes.freezeExpired();
      if (frozen.length > 0)
        context.log.warn(
          { sandboxIds: frozen },
          'The time of sandboxes was over while the control plane could not be reached: frozen until it says what is to become of them.',
        );
    }
    if (contact.silentMs >= endExpiredAfterMs) {
      const ended = await sandboxes.endExpired();
      if (ended.length > 0)
        context.log.warn(
          { sandboxIds: ended },
          `The time of sandboxes was over, and the control plane has not been reached for ${sayDuration(endExpiredAfterMs)}: done here what was to become of them.`,
        );
    }
  }
}
