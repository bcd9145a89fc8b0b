import { SpendingPeriod, type GetUsageResponse } from '#proto/muster/v1/tester_key_pb.js';
import type { Share } from '../parts/Shares.tsx';

const micros = 1_000_000;
const periods: Readonly<Record<SpendingPeriod, string>> = {
  [SpendingPeriod.UNSPECIFIED]: '',
  [SpendingPeriod.NEVER]: 'in all',
  [SpendingPeriod.DAILY]: 'today',
  [SpendingPeriod.WEEKLY]: 'this week',
  [SpendingPeriod.MONTHLY]: 'this month',
};

/** Millionths of a US dollar, as people write them: cents, and more of them where it is less. */
export const dollars = (amountMicros: number): string =>
  `$${(amountMicros / micros).toFixed(amountMicros !== 0 && amountMicros < micros / 100 ? 4 : 2)}`;

const tokens = (count: number): string => `${count.toLocaleString('en')} tokens`;

/** What is capped, and how much of it is used up. */
export function spendingShares({ spending, budget }: GetUsageResponse): Share[] {
  const keys = spending.map(({ title, spentInPeriodMicros, spentMicros, limitMicros, limitPeriod }) => ({
    word: `${title} ${periods[limitPeriod]}`.trimEnd(),
    used: Number(limitPeriod === SpendingPeriod.NEVER ? spentMicros : spentInPeriodMicros),
    of: Number(limitMicros),
    text: dollars,
  }));
  if (!budget?.caps) return keys;
  const { caps, usedToday, usedThisMonth } = budget;
  return [
    ...keys,
    { word: 'Gateway today', used: Number(usedToday), of: Number(caps.tokensPerDay), text: tokens },
    { word: 'Gateway this month', used: Number(usedThisMonth), of: Number(caps.tokensPerMonth), text: tokens },
  ];
}

/** What the last 30 days came to, in a sentence. */
export function spendingSentence({ uses, spending }: GetUsageResponse): string {
  const requests = uses.reduce((sum, one) => sum + Number(one.requests), 0);
  const used = uses.reduce((sum, one) => sum + Number(one.promptTokens + one.completionTokens), 0);
  const cost = uses.reduce((sum, one) => sum + Number(one.costMicros), 0);
  const spent = spending.reduce((sum, one) => sum + Number(one.spentMicros), 0);
  if (requests === 0 && spent === 0) return 'Nothing was spent yet.';
  const ways = [
    spent > 0 && `${dollars(spent)} with minted keys in all`,
    requests > 0 &&
      `${tokens(used)} in ${requests.toLocaleString('en')} ${requests === 1 ? 'request' : 'requests'} through the gateway in 30 days${cost > 0 ? `, ${dollars(cost)}` : ''}`,
  ].filter((way) => way !== false);
  return `${ways.join('; ')}.`;
}
