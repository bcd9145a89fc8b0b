import { expect, test } from 'vitest';
import { plan, type Step } from './plan.ts';
import type { Rollout, Update } from './rollout.ts';

const [before, target] = ['b'.repeat(40), 'c'.repeat(40)];
const began = new Date('2026-03-03T12:00:00Z');
/** The clock, so long after it began. */
const after = (seconds: number) => ({
  at: new Date(began.getTime() + seconds * 1000),
  staleAfterMs: 90_000,
  inGrace: false,
});
/** The same, a moment after the control plane has started: silence may have been its own. */
const inGrace = (seconds: number) => ({ ...after(seconds), inGrace: true });
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
  batchBeganAt: began,
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
  answers: true,
  quarantined: false,
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
const away = { connected: false, answers: false } as const;
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
  const gone = update('a', away);
  const updates = [gone, update('b', { batch: 2 })];
  expect(say(plan({ ...rollout, batches: 3 }, updates, after(1)))).toEqual(['next batch']);
  const last = { ...rollout, batch: 2, batches: 3 };
  expect(say(plan(last, [gone, update('b', { ...done, batch: 2 })], after(3600)))).toEqual([]);
  expect(say(plan(last, [gone, update('b', { ...done, batch: 2 })], after(3601)))).toEqual(['move a skipped']);
  expect(say(plan(last, [{ ...gone, connected: true }], after(3)))).toEqual(['begin a']);
});

test('a host that lost its connection a moment ago is waited for before others take its turn, and not left out', () => {
  const blink = update('a', { connected: false });
  const updates = [blink, update('b', { batch: 2 })];
  for (const catchUp of [true, false]) {
    const careful = { ...rollout, batches: 3, catchUp };
    expect(say(plan(careful, updates, after(90)))).toEqual([]);
    expect(say(plan(careful, updates, after(91)))).toEqual([catchUp ? 'next batch' : 'move a skipped']);
    expect(say(plan(careful, updates, inGrace(600)))).toEqual([]);
  }
});

test('a host that is left out because it is quarantined is said to be', () => {
  const [step] = plan({ ...rollout, catchUp: false }, [update('a', { ...away, quarantined: true })], after(1));
  expect(step).toMatchObject({ to: 'skipped', reason: 'It was quarantined when it was its turn.' });
});

test('hosts that return together are brought forward as many at a time as a batch has', () => {
  const last = { ...rollout, batch: 4, batches: 5, batchSize: 2 };
  const returned = ['a', 'b', 'c', 'd'].map((name, at) => update(name, { batch: at + 1 }));
  expect(say(plan(last, returned, after(1)))).toEqual(['begin a', 'begin b']);
  const running = { state: 'running', startedAt: began } as const;
  const [a, b, c, d] = returned as [Update, Update, Update, Update];
  expect(say(plan(last, [{ ...a, ...running }, { ...b, ...done }, c, d], after(1)))).toEqual(['begin c']);
  expect(say(plan(last, [{ ...a, ...running }, { ...b, ...running }, c, d], after(1)))).toEqual([]);
  expect(say(plan({ ...last, batchSize: 0 }, returned, after(1)))).toHaveLength(4);
});

test('after a start of the control plane nobody has failed, or is left out, because nothing was heard meanwhile', () => {
  const hours = 100 * 3600;
  const silent = { connected: false, startedAt: began } as const;
  const soaking = { ...rollout, soakMs: 600_000, soakBeganAt: began };
  const cases: readonly [Rollout, Update, after: string][] = [
    [rollout, update('a', { ...silent, state: 'running' }), 'move a failed'],
    [rollout, update('a', { ...verifying, ...silent }), 'move a failed'],
    [rollout, update('a', { ...verifying, report: reporting(before, 11) }), 'move a failed'],
    [rollout, update('a', { ...silent, state: 'returning' }), 'move a failed'],
    [rollout, update('a', { ...silent, state: 'returning', commandEndedAt: moment(10) }), 'move a failed'],
    [rollout, update('a', away), 'move a skipped'],
    [soaking, update('a', done), 'move a failed'],
  ];
  for (const [one, its, step] of cases) {
    expect(say(plan({ ...one, maxFailures: 1 }, [its], inGrace(hours)))).toEqual([]);
    expect(say(plan({ ...one, maxFailures: 1 }, [its], after(hours)))).toEqual([step]);
  }
  // What is heard counts at once, and an old report of the target is no proof that it runs.
  const heard = update('a', { ...verifying, report: reporting(target, hours) });
  expect(say(plan(rollout, [heard], inGrace(hours)))).toEqual(['move a succeeded']);
  expect(say(plan(rollout, [update('a', { report: reporting(target) })], inGrace(hours)))).toEqual(['begin a']);
});

test('without one canary that reports the target nothing else begins', () => {
  const canary = { ...rollout, canaryHosts: 1, batch: 0, batches: 2 };
  const gone = update('a', { batch: 0, ...away });
  expect(say(plan(canary, [gone, update('b')], after(1)))).toEqual([]);
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
