import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { TeamQuotaSchema } from '#proto/muster/v1/team_pb.js';
import { askedShares } from './QuotaPreview.tsx';

const used = create(TeamQuotaSchema, { sandboxes: 3, cpu: 3, memoryMib: 1536n });
const quota = create(TeamQuotaSchema, { sandboxes: 5, memoryMib: 2048n });

test('what is asked for counts as often as it is asked for, against what is limited', () => {
  const shares = askedShares(used, quota, { count: 2, cpu: 1, memoryMib: 512, diskMib: 2048 });
  expect(shares.map(({ word, asked, over }) => [word, asked, over])).toEqual([
    ['Sandboxes', 2, false],
    ['Memory', 1024, true],
  ]);
});

test('an unfinished number asks for nothing, and a team without limits has nothing to show', () => {
  expect(askedShares(used, quota, { count: 1, cpu: 1, memoryMib: NaN, diskMib: 1 })[1]?.asked).toBe(0);
  expect(askedShares(used, undefined, { count: 1, cpu: 1, memoryMib: 1, diskMib: 1 })).toEqual([]);
});
