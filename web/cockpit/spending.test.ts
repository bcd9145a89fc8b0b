import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { GetUsageResponseSchema, SpendingPeriod } from '#proto/muster/v1/tester_key_pb.js';
import { dollars, spendingSentence, spendingShares } from './spending.ts';

const usage = create(GetUsageResponseSchema, {
  spending: [
    {
      title: 'OpenRouter',
      spentMicros: 7_500_000n,
      spentInPeriodMicros: 2_500_000n,
      limitMicros: 5_000_000n,
      limitPeriod: SpendingPeriod.MONTHLY,
    },
  ],
  budget: { caps: { tokensPerDay: 1000n, tokensPerMonth: 10_000n }, usedToday: 250n, usedThisMonth: 4000n },
  uses: [
    { requests: 1n, promptTokens: 900n, completionTokens: 100n, costMicros: 1200n },
    { requests: 2n, promptTokens: 90n, completionTokens: 10n },
  ],
});

test('what is capped is told with how much of it is used up', () => {
  expect(spendingShares(usage).map(({ word, used, of, text }) => `${word}: ${text(used)} of ${text(of)}`)).toEqual([
    'OpenRouter this month: $2.50 of $5.00',
    'Gateway today: 250 tokens of 1,000 tokens',
    'Gateway this month: 4,000 tokens of 10,000 tokens',
  ]);
  expect(spendingShares(create(GetUsageResponseSchema))).toEqual([]);
});

test('what was spent is one sentence', () => {
  expect(spendingSentence(usage)).toBe(
    '$7.50 with minted keys in all; 1,100 tokens in 3 requests through the gateway in 30 days, $0.0012.',
  );
  expect(spendingSentence(create(GetUsageResponseSchema))).toBe('Nothing was spent yet.');
  expect(dollars(0)).toBe('$0.00');
});
