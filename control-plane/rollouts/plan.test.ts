import { expect, test } from 'vitest';
import { plan, type Step } from './plan.ts';
import type { Rollout, Update } from './rollout.ts';

const [before, target] = ['b'.repeat(40), 'c'.repeat(40)];
const began = new Date('2026-03-03T12:00:00Z');
/** The clock, so long after it began. */
const after = (seconds: number) => ({ at: new Date(began.getTime() + seconds * 1000), staleAfterMs: 90_000 });
const moment = (seconds: number) => after(seconds).at;

const rollout: Rollout = {
  id: 'roll1',
  repository: 'web',
  components: ['web'],
  targetSha: target,
  targetSubject: '',
  reason: '',
  createdBy: 'Ada',
  createdAt: began,
  state: 'running',
  outcome: null,
  sentence: '',
  batch: 1,
  batches: 2,
  soakBeganAt: null,
  endedAt: null,
  counts: {},
  canaryHosts: 0,
  batchSize: 1,
  soakMs: 0,
  maxFailures: 0,
  catchUp: true,
  catchUpMs: 3_600_000,
  verifyMs: 60_000,
  returnOnFailure: false,
  includePinned: false,
};

const reporting = (runningSha: string, seconds = 0) => ({
  component: 'web',
  repository: 'web',
  runningSha,
  worktreeSha: '',
  dirty: false,
  buildSource: 'baked' as const,
  builtAt: null,
  startedAt: null,
  probeError: '',
  reportedAt: moment(seconds),
});

const update = (name: string, more: Partial<Update> = {}): Update => ({
  id: `upd-${name}`,
  hostId: `host-${name}`,
  hostName: name,
  hostDeleted: false,
  component: 'web',
  place: 0,
  batch: 1,
  state: 'queued',
  reason: '',
  held: null,
  fromSha: before,
  startedAt: null,
  endedAt: null,
  commandEndedAt: null,
  commandProblem: '',
  stopAsked: false,
  lastLine: '',
  connected: true,
  lastSeenAt: began,
  report: reporting(before),
  ...more,
});

/** `begin a`, `move a succeeded`, `soak`. */
const say = (steps: readonly Step[]) =>
  steps.map((step) =>
    [step.kind, 'update' in step ? step.update.hostName : '', 'to' in step ? step.to : ''].filter(Boolean).join(' '),
  );
const done = { state: 'succeeded', startedAt: began, report: reporting(target) } as const;
const verifying = { state: 'verifying', startedAt: began, commandEndedAt: moment(10) } as const;

test('a component that is pinned where it is keeps none of those behind it from their turn', () => {
  const held = { sha: before, reason: 'until the release' };
  const [first, second] = [
    update('a', { id: 'upd-1', component: 'base', place: 0, state: 'skipped', held }),
    update('a', { id: 'upd-2', component: 'web', place: 1 }),
  ];
  expect(say(plan(rollout, [first, second], after(0)))).toEqual(['begin a']);
  // Where it was to be moved and was not, they are left as they are, too.
  const broken = { ...first, held: null };
  expect(say(plan(rollout, [broken, second], after(0)))).toEqual(['move a skipped']);
});

test('a command that ended is waited for until the process reports the target, and no longer than allowed', () => {
  const waiting = update('a', { ...verifying, report: reporting(before, 11) });
  expect(say(plan(rollout, [waiting], after(70)))).toEqual([]);
  expect(say(plan(rollout, [waiting], after(71)))).toEqual(['move a failed']);
  const early = update('a', { ...verifying, report: reporting(target, 9) });
  expect(say(plan(rollout, [early], after(20)))).toEqual([]);
  const told = update('a', { ...verifying, report: reporting(target, 11) });
  expect(say(plan(rollout, [told], after(20)))).toEqual(['move a succeeded']);
});

test('what lies on disk without its process, or has changes, is not the target', () => {
  const onDisk = { ...reporting('', 11), worktreeSha: target, buildSource: 'file' as const };
  expect(say(plan(rollout, [update('a', { ...verifying, report: onDisk })], after(20)))).toEqual([]);
  const dirty = { ...reporting(target, 11), dirty: true };
  expect(say(plan(rollout, [update('a', { ...verifying, report: dirty })], after(20)))).toEqual([]);
});

test('the next batch begins when the soak is over, and not before', () => {
  const updates = [update('a', done), update('b', { batch: 2 })];
  const soaking = { ...rollout, batches: 3, soakMs: 600_000 };
  expect(say(plan(soaking, updates, after(1)))).toEqual(['soak']);
  const begun = { ...soaking, soakBeganAt: began };
  const fresh = (seconds: number) => [update('a', { ...done, report: reporting(target, seconds) }), updates[1]!];
  expect(say(plan(begun, fresh(590), after(600)))).toEqual([]);
  expect(say(plan(begun, fresh(590), after(601)))).toEqual(['next batch']);
});

test('a host that falls silent while its batch soaks has failed at the end of it', () => {
  const soaking = { ...rollout, soakMs: 600_000, soakBeganAt: began };
  expect(say(plan(soaking, [update('a', done)], after(300)))).toEqual([]);
  expect(say(plan(soaking, [update('a', done)], after(601)))).toEqual(['move a failed']);
});

test('hosts that are away are waited for until the time is over; the others do not wait', () => {
  const away = update('a', { connected: false });
  const updates = [away, update('b', { batch: 2 })];
  expect(say(plan({ ...rollout, batches: 3 }, updates, after(1)))).toEqual(['next batch']);
  const last = { ...rollout, batch: 2, batches: 3 };
  expect(say(plan(last, [away, update('b', { ...done, batch: 2 })], after(3600)))).toEqual([]);
  expect(say(plan(last, [away, update('b', { ...done, batch: 2 })], after(3601)))).toEqual(['move a skipped']);
  expect(say(plan(last, [{ ...away, connected: true }], after(3)))).toEqual(['begin a']);
});

test('without one canary that reports the target nothing else begins', () => {
  const canary = { ...rollout, canaryHosts: 1, batch: 0, batches: 2 };
  const away = update('a', { batch: 0, connected: false });
  expect(say(plan(canary, [away, update('b')], after(1)))).toEqual([]);
  expect(say(plan(canary, [update('a', { batch: 0, state: 'skipped' }), update('b')], after(1)))).toEqual(['stop']);
});

test('a paused rollout settles what is under way and begins nothing', () => {
  const paused = { ...rollout, state: 'paused' as const };
  const told = update('a', { ...verifying, report: reporting(target, 11) });
  expect(say(plan(paused, [told, update('b')], after(20)))).toEqual(['move a succeeded']);
  expect(say(plan(paused, [update('a', done), update('b')], after(20)))).toEqual([]);
});

test('a host that is silent for long while its command runs is given up', () => {
  const running = update('a', { state: 'running', startedAt: began, connected: false });
  expect(say(plan(rollout, [running], after(660)))).toEqual([]);
  expect(say(plan(rollout, [running], after(661)))).toEqual(['move a failed']);
});

test('a component whose forerunner failed on the host is left out', () => {
  const updates = [update('a', { state: 'failed' }), update('a', { id: 'upd-a2', component: 'api', place: 1 })];
  expect(say(plan({ ...rollout, maxFailures: 1 }, updates, after(1)))).toEqual(['move a skipped']);
});
