import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ComponentState, FleetComponentSchema, FleetSummarySchema } from '#proto/muster/v1/fleet_pb.js';
import { staleAfterMs, stateNow } from './freshness.ts';

const now = Date.UTC(2030, 0, 1);
const reported = (agoMs: number, state = ComponentState.CURRENT) =>
  create(FleetComponentSchema, { state, reportedAt: timestampFromMs(now - agoMs) });

test('a fresh report that is current is shown as current', () => {
  expect(stateNow(reported(5000), now, 90_000)).toBe(ComponentState.CURRENT);
});

test('a report that grows old on the page turns stale without a word from the server', () => {
  expect(stateNow(reported(91_000), now, 90_000)).toBe(ComponentState.STALE);
});

test('a server that takes older reports for good says so', () => {
  const summary = create(FleetSummarySchema, { staleAfter: durationFromMs(300_000) });
  expect(stateNow(reported(91_000), now, staleAfterMs(summary))).toBe(ComponentState.CURRENT);
  expect(stateNow(reported(301_000), now, staleAfterMs(summary))).toBe(ComponentState.STALE);
  expect(staleAfterMs(undefined)).toBe(90_000);
});

test('nothing without a report is shown as current', () => {
  expect(stateNow(create(FleetComponentSchema, { state: ComponentState.CURRENT }), now, 90_000)).toBe(
    ComponentState.STALE,
  );
});

test('what is behind stays behind', () => {
  expect(stateNow(reported(91_000, ComponentState.BEHIND), now, 90_000)).toBe(ComponentState.BEHIND);
});
