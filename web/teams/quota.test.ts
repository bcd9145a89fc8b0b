import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { TeamQuotaSchema } from '#proto/muster/v1/team_pb.js';
import { nearLimit, quotaShares, quotaWords } from './quota.ts';

const quota = create(TeamQuotaSchema, { sandboxes: 10, memoryMib: 4096n });
const used = (sandboxes: number, memoryMib = 0n) => create(TeamQuotaSchema, { sandboxes, memoryMib, cpu: 64 });

test('what has no limit is never near it', () => {
  expect(nearLimit(quotaShares(used(7), quota))).toBeUndefined();
  expect(nearLimit(quotaShares(used(1000), undefined))).toBeUndefined();
});

test('a near limit is told before it refuses, the nearest first', () => {
  expect(nearLimit(quotaShares(used(8), quota))).toMatch(/^Sandboxes: 8 of 10\. New sandboxes will soon be refused/);
  expect(nearLimit(quotaShares(used(8, 4000n), quota))).toMatch(/^Memory: 3\.9 GiB of 4 GiB\./);
});

test('a limit that is reached says that new sandboxes are refused', () => {
  expect(nearLimit(quotaShares(used(10), quota))).toContain('are refused until');
});

test.each([
  [undefined, 'no limit'],
  [create(TeamQuotaSchema, { sandboxes: 1 }), '1 sandbox'],
  [create(TeamQuotaSchema, { hosts: 2 }), '2 own hosts'],
  [create(TeamQuotaSchema, { sandboxes: 10, cpu: 8, memoryMib: 16384n }), '10 sandboxes, 8 CPUs, 16 GiB memory'],
])('%#: a quota reads as its limits', (limits, words) => {
  expect(quotaWords(limits)).toBe(words);
});
