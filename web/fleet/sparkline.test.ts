import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { HistoryIntervalSchema } from '#proto/muster/v1/fleet_pb.js';
import { sparkOf } from './sparkline.ts';

const interval = (sha: string, from: number, to?: number) =>
  create(HistoryIntervalSchema, {
    running: { sha },
    from: timestampFromMs(from),
    ...(to !== undefined && { to: timestampFromMs(to) }),
  });

test('the bar goes from the first interval to now, with its gaps, and changes colour with the commit', () => {
  expect(sparkOf([interval('b', 800), interval('b', 500, 600), interval('a', 0, 500)], 1000)).toEqual([
    { left: 0, width: 50, turn: 0 },
    { left: 50, width: 10, turn: 1 },
    { left: 80, width: 20, turn: 1 },
  ]);
});

test('nothing is no bar, and what has only just begun fits into it', () => {
  expect(sparkOf([], 1000)).toEqual([]);
  expect(sparkOf([interval('a', 1000)], 1000)).toEqual([{ left: 0, width: 0, turn: 0 }]);
});
