import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { FleetStandingSchema } from '#proto/muster/v1/fleet_pb.js';
import { trendOf, trendSentence } from './trend.ts';

const hour = 3_600_000;
const standing = (atHours: number, currentHosts: number, totalHosts: number) =>
  create(FleetStandingSchema, { at: timestampFromMs(atHours * hour), currentHosts, totalHosts });

test('each standing lasts until the next one, and no longer than two hours: then nobody looked', () => {
  const parts = trendOf([standing(0, 0, 0), standing(10, 1, 2), standing(11, 2, 2), standing(19, 3, 4)], 20 * hour);
  expect(parts).toEqual([
    { left: 0, width: 10, share: 50 },
    { left: 10, width: 20, share: 100 },
    { left: 90, width: 10, share: 75 },
  ]);
});

test('it is said in words, once there is something to speak of', () => {
  expect(trendSentence([standing(10, 2, 2)], 20 * hour)).toBeUndefined();
  expect(trendSentence([standing(10, 2, 3), standing(11, 2, 2)], 20 * hour)).toBe(
    '66 to 100 % of the machines were current in the last 10 h.',
  );
  expect(trendSentence([standing(10, 2, 2), standing(11, 2, 2)], 20 * hour)).toBe(
    '100 % of the machines were current in the last 10 h.',
  );
});
