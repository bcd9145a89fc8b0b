import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { GatewayBudgetSchema } from '#proto/muster/v1/gateway_pb.js';
import { costWords, gatewaySentence, isAtCap } from './figures.ts';

const budget = (usedToday: bigint, usedThisMonth = usedToday, reserved = 0n) =>
  create(GatewayBudgetSchema, {
    usedToday,
    usedThisMonth,
    reserved,
    caps: { tokensPerDay: 1000n, tokensPerMonth: 10_000n },
  });

test('the sentence counts what was used today, by how many, and who is at a cap', () => {
  expect(gatewaySentence([])).toBe('Nobody has a token yet.');
  expect(gatewaySentence([budget(0n)])).toBe('Nothing was used today; everybody is below their caps.');
  expect(gatewaySentence([budget(900n), budget(0n), budget(600n)])).toBe(
    '1,500 tokens were used today by 2 people; everybody is below their caps.',
  );
  expect(gatewaySentence([budget(990n), budget(0n, 10_000n)])).toBe(
    '990 tokens were used today by one person; 2 people are at a cap.',
  );
});

test('what is held back for requests under way counts as used, and costs that nobody tells are left out', () => {
  expect(isAtCap(budget(900n))).toBe(false);
  expect(isAtCap(budget(900n, 900n, 90n))).toBe(true);
  expect(costWords(0n)).toBe('');
  expect(costWords(1_234_567n)).toBe('$1.2346');
});
