import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ObservedState, SandboxSchema } from '#proto/muster/v1/sandbox_pb.js';
import { parseSandboxFilter, passesSandboxFilter } from './filter.ts';

const running = create(SandboxSchema, {
  id: 'sbx1',
  hostId: 'host1',
  hostName: 'alpha',
  template: 'base',
  metadata: { name: 'Nightly' },
  observed: ObservedState.RUNNING,
});
const destroyed = create(SandboxSchema, { id: 'sbx2', observed: ObservedState.DESTROYED });
const failed = create(SandboxSchema, { id: 'sbx3', observed: ObservedState.FAILED });

test('an address with nonsense is an address without a filter', () => {
  expect(parseSandboxFilter({ state: 'toString', host: ['a'], ended: 'yes', dialog: 'delete' })).toEqual({
    state: undefined,
    host: undefined,
    q: undefined,
    ended: undefined,
    dialog: undefined,
  });
});

test('what was destroyed shows only when asked for, what failed shows', () => {
  expect(passesSandboxFilter(destroyed, {})).toBe(false);
  expect(passesSandboxFilter(destroyed, { ended: true })).toBe(true);
  expect(passesSandboxFilter(failed, {})).toBe(true);
});

test.each([
  [{ state: 'running' }, true],
  [{ state: 'paused' }, false],
  [{ host: 'host1' }, true],
  [{ host: 'host2' }, false],
  [{ q: 'name=nightly' }, true],
  [{ q: 'ALPHA' }, true],
  [{ q: 'weekly' }, false],
] as const)('%o passes: %s', (filter, passes) => {
  expect(passesSandboxFilter(running, filter)).toBe(passes);
});
