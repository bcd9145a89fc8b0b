import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ObservedState, SandboxSchema } from '#proto/muster/v1/sandbox_pb.js';
import { narrows, parseSandboxFilter, passesSandboxFilter } from './filter.ts';

const now = Date.parse('2030-01-01T12:00:00Z');
const minutesAgo = (minutes: number) => timestampFromMs(now - minutes * 60_000);

const running = create(SandboxSchema, {
  id: 'sbx1',
  hostId: 'host1',
  hostName: 'alpha',
  template: 'base',
  metadata: { name: 'Nightly', branch: 'main' },
  createdBy: 'Ada',
  createdAt: minutesAgo(600),
  lastActivityAt: minutesAgo(30),
  observed: ObservedState.RUNNING,
});
const destroyed = create(SandboxSchema, { id: 'sbx2', observed: ObservedState.DESTROYED });
const failed = create(SandboxSchema, { id: 'sbx3', observed: ObservedState.FAILED });

test('an address with nonsense is an address without a filter', () => {
  expect(parseSandboxFilter({ state: 'toString', host: ['a'], ended: 'yes', dialog: 'delete', idle: '3d' })).toEqual(
    {},
  );
});

test('what was destroyed shows only when asked for, what failed shows', () => {
  expect(passesSandboxFilter(destroyed, {}, now)).toBe(false);
  expect(passesSandboxFilter(destroyed, { ended: true }, now)).toBe(true);
  expect(passesSandboxFilter(failed, {}, now)).toBe(true);
});

test.each([
  [{ state: 'running' }, true],
  [{ state: 'paused' }, false],
  [{ host: 'host1' }, true],
  [{ host: 'host2' }, false],
  [{ q: 'name=nightly' }, true],
  [{ q: 'ALPHA' }, true],
  [{ q: 'weekly' }, false],
  [{ owner: 'Ada' }, true],
  [{ owner: 'Bo' }, false],
  [{ label: 'branch' }, true],
  [{ label: 'branch=main' }, true],
  [{ label: 'branch=next' }, false],
  [{ label: 'constructor' }, false],
  [{ idle: '10m' }, true],
  [{ idle: '1h' }, false],
] as const)('%o passes: %s', (filter, passes) => {
  expect(passesSandboxFilter(running, filter, now)).toBe(passes);
});

test('what was never used is idle since it was made', () => {
  const unused = create(SandboxSchema, { observed: ObservedState.RUNNING, createdAt: minutesAgo(90) });
  expect(passesSandboxFilter(unused, { idle: '1h' }, now)).toBe(true);
  expect(passesSandboxFilter(unused, { idle: '12h' }, now)).toBe(false);
});

test('silent work can be asked for', () => {
  const silent = create(SandboxSchema, { observed: ObservedState.RUNNING, silentSince: minutesAgo(150) });
  expect(parseSandboxFilter({ silent: true })).toMatchObject({ silent: true });
  expect(passesSandboxFilter(silent, { silent: true }, now)).toBe(true);
  expect(passesSandboxFilter(running, { silent: true }, now)).toBe(false);
  expect(narrows({ silent: true })).toBe(true);
});

test('asking for those that have ended leaves nothing out', () => {
  expect(narrows({ ended: true })).toBe(false);
  expect(narrows({ idle: '1h' })).toBe(true);
});
