import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ComponentState, FleetComponentSchema } from '#proto/muster/v1/fleet_pb.js';
import { stateNow } from './freshness.ts';

const now = Date.UTC(2030, 0, 1);
const reported = (agoMs: number, state = ComponentState.CURRENT) =>
  create(FleetComponentSchema, { state, reportedAt: timestampFromMs(now - agoMs) });

test('a fresh report that is current is shown as current', () => {
  expect(stateNow(reported(5000), now)).toBe(ComponentState.CURRENT);
});

test('a report that grows old on the page turns stale without a word from the server', () => {
  expect(stateNow(reported(91_000), now)).toBe(ComponentState.STALE);
});

test('nothing without a report is shown as current', () => {
  expect(stateNow(create(FleetComponentSchema, { state: ComponentState.CURRENT }), now)).toBe(ComponentState.STALE);
});

test('what is behind stays behind', () => {
  expect(stateNow(reported(91_000, ComponentState.BEHIND), now)).toBe(ComponentState.BEHIND);
});
