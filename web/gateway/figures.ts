import type { GatewayBudget } from '#proto/muster/v1/gateway_pb.js';

/** A count with its thousands apart. */
export const countWords = (count: bigint | number): string => count.toLocaleString('en');

/** Millionths of a US dollar; nothing where the provider says nothing of costs. */
export const costWords = (micros: bigint): string => (micros === 0n ? '' : `$${(Number(micros) / 1e6).toFixed(4)}`);

/** Whether a user has so little left that their next request may be refused. */
export function isAtCap({ caps, usedToday, usedThisMonth, reserved }: GatewayBudget): boolean {
  if (!caps) return false;
  const nearly = (used: bigint, of: bigint) => (used + reserved) * 100n >= of * 98n;
  return nearly(usedToday, caps.tokensPerDay) || nearly(usedThisMonth, caps.tokensPerMonth);
}

/** What the gateway does today, in one sentence. */
export function gatewaySentence(budgets: readonly GatewayBudget[]): string {
  const today = budgets.reduce((sum, { usedToday }) => sum + usedToday, 0n);
  const people = budgets.filter(({ usedToday }) => usedToday > 0n).length;
  const capped = budgets.filter(isAtCap).length;
  if (budgets.length === 0) return 'Nobody has a token yet.';
  const used =
    people === 0
      ? 'Nothing was used today'
      : `${countWords(today)} tokens were used today by ${people === 1 ? 'one person' : `${people} people`}`;
  if (capped === 0) return `${used}; everybody is below their caps.`;
  return `${used}; ${capped === 1 ? 'one person is' : `${capped} people are`} at a cap.`;
}
