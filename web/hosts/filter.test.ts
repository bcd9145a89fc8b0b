import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { HostSchema, HostStatus } from '#proto/muster/v1/host_pb.js';
import { parseHostFilter, passesHostFilter } from './filter.ts';

const host = create(HostSchema, {
  id: 'host1',
  name: 'builder-1',
  status: HostStatus.ONLINE,
  labels: { zone: 'Cellar' },
});

test('an address with nonsense is an address without a filter', () => {
  expect(parseHostFilter({ status: 'on fire', q: '', dialog: 7, other: 'x' })).toEqual({
    status: undefined,
    q: undefined,
    owner: undefined,
    dialog: undefined,
  });
});

test('digits in an address are a text', () => {
  expect(parseHostFilter({ q: 12 }).q).toBe('12');
});

test.each([
  [{}, true],
  [{ status: 'online' }, true],
  [{ status: 'pending' }, false],
  [{ q: 'BUILD' }, true],
  [{ q: 'zone=cellar' }, true],
  [{ q: 'zone=attic' }, false],
] as const)('%o passes: %s', (filter, passes) => {
  expect(passesHostFilter(host, filter)).toBe(passes);
});
