import type { Budget } from './budget-store.ts';
import { GatewayFailure } from './failure.ts';

/** Says which cap leaves no room for so many tokens, and when there will be. */
export function capReached(budget: Budget | undefined, tokens: number, now = new Date()): GatewayFailure {
  const { perDay = 0, perMonth = 0, usedToday = 0, usedThisMonth = 0, reserved = 0 } = budget ?? {};
  const ofMonth = usedThisMonth + reserved + tokens > perMonth;
  const [cap, used] = ofMonth ? [perMonth, usedThisMonth] : [perDay, usedToday];
  const resetsAt = ofMonth
    ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
    : new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
  const period = ofMonth ? 'this month' : 'today';
  const held = reserved > 0 ? `, ${reserved} are held back for requests under way` : '';
  return new GatewayFailure(
    429,
    'insufficient_quota',
    `This request may take ${tokens} tokens, and ${used} of ${cap} are used ${period}${held}. ` +
      `Ask for fewer with max_tokens, or come back after ${resetsAt.toISOString()}; an admin can raise the cap.`,
    { retryAfterSeconds: Math.ceil((resetsAt.getTime() - now.getTime()) / 1000), resetsAt },
  );
}
