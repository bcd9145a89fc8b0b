import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { SnapshotSchema } from '#proto/muster/v1/snapshot_pb.js';
import { parseSnapshotSearch, passesSnapshotFilter } from './filter.ts';

const snapshot = create(SnapshotSchema, {
  id: 'snap1',
  sandboxId: 'sbx1',
  name: 'Before the upgrade',
  createdBy: 'Ada',
});

test.each([
  [{}, true],
  [{ sandbox: 'sbx1' }, true],
  [{ sandbox: 'sbx2' }, false],
  [{ q: 'UPGRADE' }, true],
  [{ q: 'ada', sandbox: 'sbx1' }, true],
  [{ q: 'downgrade' }, false],
])('%o passes: %s', (filter, passes) => {
  expect(passesSnapshotFilter(snapshot, filter)).toBe(passes);
});

test('an address with nonsense is an address without a filter', () => {
  expect(parseSnapshotSearch({ q: ['a'], sandbox: true })).toEqual({});
});
