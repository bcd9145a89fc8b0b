import { expect, test } from 'vitest';
import { ComponentState, Evidence } from '#proto/muster/v1/fleet_pb.js';
import type { FleetView, HostView } from '../views.ts';
import { changedIds } from './changes.ts';
import { nextDeadline } from './deadlines.ts';

const thresholds = { staleAfterMs: 90_000, headTrustedMs: 300_000 };
const gatherMs = 100;
const at = (ms: number) => new Date(1_700_000_000_000 + ms);

const host = (id: string, reportedMs: number, readMs = reportedMs): HostView => ({
  id,
  name: id,
  teamId: null,
  status: 'online',
  labels: {},
  lastSeenAt: null,
  readAt: at(readMs),
  state: ComponentState.CURRENT,
  behindSince: undefined,
  components: [
    {
      state: ComponentState.CURRENT,
      sentence: '',
      nextStep: '',
      report: {
        component: 'app',
        repository: 'app',
        runningSha: '',
        worktreeSha: '',
        dirty: false,
        buildSource: 'baked',
        builtAt: null,
        startedAt: null,
        probeError: '',
        reportedAt: at(reportedMs),
      },
      running: undefined,
      onDisk: undefined,
      target: undefined,
      behind: 0,
      ahead: 0,
      behindSince: undefined,
      compareUrl: '',
      evidence: Evidence.SELF_REPORTED,
      pin: undefined,
    },
  ],
});

const fleet = (ms: number, ...hosts: HostView[]): FleetView => ({
  at: at(ms),
  repositories: [],
  staleAfterMs: 90_000,
  hosts: new Map(hosts.map((one) => [one.id, one])),
});

test('a host is read again when its report is two thirds of the way to stale, and once it is stale', () => {
  const due = (ms: number) => nextDeadline(fleet(ms, host('one', 0, ms)), thresholds, gatherMs);
  expect(due(0)).toEqual({ atMs: at(60_000).getTime(), of: ['one'] });
  expect(due(60_001)).toEqual({ atMs: at(90_001).getTime(), of: ['one'] });
  expect(due(90_002)).toBeUndefined();
});

test('a host whose deadline passed while others were judged is still due', () => {
  expect(nextDeadline(fleet(60_500, host('one', 0, 59_000)), thresholds, gatherMs)?.of).toEqual(['one']);
});

test('hosts that are due together are read together, and others are left alone', () => {
  const view = fleet(0, host('one', 0), host('two', 50), host('later', 5_000));
  expect(nextDeadline(view, thresholds, gatherMs)).toEqual({
    atMs: at(60_000 + gatherMs).getTime(),
    of: ['one', 'two'],
  });
});

test('a fresher report alone is told once what was told before is half as old as stale', () => {
  const told = new Map([['one', at(0).getTime()]]);
  const changed = (ms: number) => changedIds(fleet(0, host('one', 0)), fleet(ms, host('one', ms)), told, 45_000);
  expect(changed(30_000)).toEqual([]);
  expect(changed(60_000)).toEqual(['one']);
});
