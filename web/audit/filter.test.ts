import { timestampMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { AuditOutcome } from '#proto/muster/v1/audit_pb.js';
import { filterOf, isNarrowed, parseAuditSearch } from './filter.ts';

test('an address says which rows are shown; what it must not hold is left out', () => {
  const search = parseAuditSearch({ action: "Host.Cre'ate%", outcome: 'denied', range: 'century', event: 17 });
  expect(search).toMatchObject({ action: 'host.create', outcome: 'denied', range: undefined, event: '17' });
  expect(filterOf(search, 0)).toMatchObject({ actionPrefix: 'host.create', outcomes: [AuditOutcome.DENIED] });
});

test('a range counts back from now', () => {
  const now = Date.UTC(2026, 0, 2);
  const { since } = filterOf({ range: 'day' }, now);
  expect(timestampMs(since as Parameters<typeof timestampMs>[0])).toBe(Date.UTC(2026, 0, 1));
});

test('opening a row or a dialog narrows nothing', () => {
  expect(isNarrowed({ event: '1', dialog: 'verify', team: 'active' })).toBe(false);
  expect(isNarrowed({ target: 'host1' })).toBe(true);
});
