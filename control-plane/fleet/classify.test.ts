import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import { classify, compareStates, worstState } from './classify.ts';
import { gatherFacts, type Target, type Thresholds } from './facts.ts';
import type { Lineage } from './git/lineage.ts';
import type { BuildSourceName, Report } from './report.ts';
import { states } from './states.ts';

const now = new Date('2026-03-03T12:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const thresholds: Thresholds = { staleAfterMs: 90_000, headTrustedMs: 300_000 };
const head = 'a'.repeat(40);
const old = 'b'.repeat(40);
const target: Target = { repository: 'app', branch: 'main', head, confirmedAt: before(10), fetchError: '' };
const report: Report = {
  component: 'app',
  repository: 'app',
  runningSha: head,
  worktreeSha: '',
  dirty: false,
  buildSource: 'baked',
  builtAt: null,
  startedAt: null,
  probeError: '',
  reportedAt: before(5),
};
const same: Lineage = { kind: 'same' };
const behind: Lineage = { kind: 'behind', behind: 3, since: before(60) };
const ahead: Lineage = { kind: 'ahead', ahead: 1 };
const diverged: Lineage = { kind: 'diverged', ahead: 1, behind: 2, since: before(60), mergeBase: old };
const unknown: Lineage = { kind: 'unknown' };

interface Case {
  report?: Partial<Report>;
  target?: Partial<Target> | null;
  lineage?: Lineage | null;
}
const verdict = ({ report: given, target: aim, lineage }: Case) =>
  classify(
    gatherFacts(
      { ...report, ...given },
      aim === null ? undefined : { ...target, ...aim },
      lineage === null ? undefined : (lineage ?? same),
      now,
      thresholds,
    ),
  );
const disk = (buildSource: BuildSourceName, more: Partial<Report> = {}): Partial<Report> => ({
  buildSource,
  runningSha: '',
  worktreeSha: head,
  ...more,
});

describe('one state for each case', () => {
  test.each<[string, keyof typeof ComponentState, Case]>([
    ['the process says that it is main', 'CURRENT', {}],
    ['an endpoint of the process says so', 'CURRENT', { report: { buildSource: 'http' } }],
    ['a command asks the process', 'CURRENT', { report: { buildSource: 'command', worktreeSha: '' } }],
    [
      'a command shows the disk alone',
      'RESTART_PENDING',
      { report: { buildSource: 'command', worktreeSha: 'a'.repeat(40) } },
    ],
    ['a report of 90 seconds', 'CURRENT', { report: { reportedAt: before(90) } }],
    ['an older report', 'STALE', { report: { reportedAt: before(90.001) } }],
    ['a report that is a moment ahead', 'CURRENT', { report: { reportedAt: before(-5) } }],
    ['a report of the future, whose age nobody knows', 'STALE', { report: { reportedAt: before(-6) } }],
    ['a probe that failed', 'PROBE_FAILED', { report: { probeError: 'No such file.', runningSha: '' } }],
    ['no commit', 'UNKNOWN_SHA', { report: { runningSha: '' }, lineage: null }],
    ['an abbreviated commit', 'UNKNOWN_SHA', { report: { runningSha: head.slice(0, 12) }, lineage: null }],
    ['no hex digits', 'UNKNOWN_SHA', { report: { runningSha: 'g'.repeat(40) }, lineage: null }],
    ['41 digits', 'UNKNOWN_SHA', { report: { runningSha: `${head}a` }, lineage: null }],
    ['words', 'UNKNOWN_SHA', { report: { runningSha: '$(reboot)' }, lineage: null }],
    ['a commit of a fork', 'UNKNOWN_SHA', { report: { runningSha: old }, lineage: unknown }],
    ['no repository named', 'HEAD_UNKNOWN', { report: { repository: '' }, target: null, lineage: null }],
    ['a repository that is not registered', 'HEAD_UNKNOWN', { target: null, lineage: null }],
    [
      'a repository that was never fetched',
      'HEAD_UNKNOWN',
      { target: { head: undefined, confirmedAt: null }, lineage: null },
    ],
    ['a repository that is silent for 5 minutes', 'HEAD_UNKNOWN', { target: { confirmedAt: before(301) } }],
    ['a repository that was reached in the future', 'HEAD_UNKNOWN', { target: { confirmedAt: before(-6) } }],
    ['a repository that this replica has not fetched yet', 'HEAD_UNKNOWN', { lineage: null }],
    ['uncommitted changes', 'DIRTY', { report: { dirty: true } }],
    ['a commit beside main', 'DIVERGED', { report: { runningSha: old }, lineage: diverged }],
    ['a commit after main', 'AHEAD', { report: { runningSha: old }, lineage: ahead }],
    ['a commit before main', 'BEHIND', { report: { runningSha: old }, lineage: behind }],
    ['the same within a rollout', 'ROLLING_OUT', { report: { runningSha: old, rolloutId: 'roll1' }, lineage: behind }],
    [
      'git pull without a restart',
      'RESTART_PENDING',
      { report: { runningSha: old, worktreeSha: head }, lineage: behind },
    ],
    [
      'git pull of something older',
      'BEHIND',
      { report: { runningSha: old, worktreeSha: 'c'.repeat(40) }, lineage: behind },
    ],
    ['a process of main above a disk that went back', 'CURRENT', { report: { worktreeSha: old } }],
    ['upper case and blanks', 'CURRENT', { report: { runningSha: ` ${head.toUpperCase()}\n` } }],
    [
      'a file and a process started later',
      'CURRENT',
      { report: disk('file', { builtAt: before(60), startedAt: before(30) }) },
    ],
    [
      'a file and a process started earlier',
      'RESTART_PENDING',
      { report: disk('file', { builtAt: before(30), startedAt: before(60) }) },
    ],
    [
      'a file and a process started at once',
      'RESTART_PENDING',
      { report: disk('file', { builtAt: before(30), startedAt: before(30) }) },
    ],
    ['a file and no process', 'RESTART_PENDING', { report: disk('file', { builtAt: before(30) }) }],
    ['a file of unknown age', 'RESTART_PENDING', { report: disk('file', { startedAt: before(30) }) }],
    ['a commit of unknown source', 'RESTART_PENDING', { report: { buildSource: 'unspecified' } }],
    [
      'a working tree and a process started later',
      'CURRENT',
      { report: disk('worktree', { builtAt: before(60), startedAt: before(30) }) },
    ],
    [
      'a working tree and a process started earlier',
      'RESTART_PENDING',
      { report: disk('worktree', { builtAt: before(30), startedAt: before(60) }) },
    ],
    ['a working tree of which no process is named', 'RESTART_PENDING', { report: disk('worktree') }],
    ['the same, named as what runs', 'RESTART_PENDING', { report: { buildSource: 'worktree' } }],
    ['a working tree that no process runs from', 'CURRENT', { report: disk('worktree', { noProcess: true }) }],
    ['a build-info file that no process runs from', 'CURRENT', { report: disk('file', { noProcess: true }) }],
    [
      'files that a process runs from all the same, and was started before',
      'RESTART_PENDING',
      { report: disk('worktree', { noProcess: true, builtAt: before(30), startedAt: before(60) }) },
    ],
    ['a working tree behind main', 'BEHIND', { report: disk('worktree', { worktreeSha: old }), lineage: behind }],
    [
      'a working tree behind main with an even older process',
      'BEHIND',
      {
        report: disk('worktree', { worktreeSha: old, builtAt: before(30), startedAt: before(60) }),
        lineage: behind,
      },
    ],
    [
      'a process known to be of main above a tree that moved on',
      'CURRENT',
      { report: disk('worktree', { runningSha: head, worktreeSha: old, builtAt: before(30), startedAt: before(60) }) },
    ],
    [
      'a process known to be older than the tree',
      'RESTART_PENDING',
      {
        report: disk('worktree', { runningSha: old, builtAt: before(30), startedAt: before(60) }),
        lineage: behind,
      },
    ],
    ['proof is asked for and none is told', 'UNVERIFIED', { target: { requireProvenance: true } }],
    [
      'proof is asked for, and it is behind',
      'UNVERIFIED',
      { target: { requireProvenance: true }, lineage: behind, report: { artifactSha256: 'd'.repeat(64) } },
    ],
    ['proof is asked for, and it has diverged', 'DIVERGED', { target: { requireProvenance: true }, lineage: diverged }],
    ['a working tree with changes', 'DIRTY', { report: disk('worktree', { dirty: true }) }],
  ])('%s: %s', (_, state, given) => {
    expect(ComponentState[verdict(given).state]).toBe(state);
  });
});

test('the states stand in the order of the contract, which is their precedence', () => {
  const bad: Case[] = [
    { report: { reportedAt: before(100) } },
    { report: { probeError: 'broken' } },
    { report: { runningSha: 'short' } },
    { target: { confirmedAt: before(400) } },
    { report: { dirty: true } },
  ];
  // Each case has all the flaws of those after it, too.
  const piled = bad.map((_, from) =>
    bad.slice(from).reduce((all, one) => ({ ...all, ...one, report: { ...all.report, ...one.report } }), {
      lineage: diverged,
    } as Case),
  );
  const found = piled.map((given) => verdict(given).state);
  expect(found).toEqual([
    ComponentState.STALE,
    ComponentState.PROBE_FAILED,
    ComponentState.UNKNOWN_SHA,
    ComponentState.HEAD_UNKNOWN,
    ComponentState.DIRTY,
  ]);
  const order = states.map(({ proto }): number => proto);
  expect(order).toEqual(order.toSorted((one, other) => one - other));
  expect(compareStates(ComponentState.BEHIND, ComponentState.CURRENT)).toBeLessThan(0);
  expect(compareStates(ComponentState.RESTART_PENDING, ComponentState.AHEAD)).toBeGreaterThan(0);
});

test('a host is as well as its worst component', () => {
  expect(worstState([ComponentState.CURRENT, ComponentState.BEHIND, ComponentState.CURRENT])).toBe(
    ComponentState.BEHIND,
  );
  expect(worstState([ComponentState.BEHIND, ComponentState.STALE])).toBe(ComponentState.STALE);
  expect(worstState([])).toBe(ComponentState.NEVER_REPORTED);
});

const ages = fc.integer({ min: -100, max: 1000 }).map(before);
const reports = fc.record<Report>({
  component: fc.constant('app'),
  repository: fc.constantFrom('app', ''),
  runningSha: fc.constantFrom(head, old, '', 'abc', 'x'),
  worktreeSha: fc.constantFrom(head, old, ''),
  dirty: fc.boolean(),
  buildSource: fc.constantFrom('unspecified', 'baked', 'file', 'http', 'command', 'worktree'),
  builtAt: fc.option(ages),
  startedAt: fc.option(ages),
  noProcess: fc.boolean(),
  probeError: fc.constantFrom('', '', '', 'broken'),
  reportedAt: ages,
});
const targets = fc.option(
  fc.record({
    head: fc.option(fc.constant(head), { nil: undefined }),
    confirmedAt: fc.option(ages),
    requireProvenance: fc.boolean(),
  }),
);
const lineages = fc.constantFrom(same, same, behind, ahead, diverged, unknown, null);

test('whatever is known, there is one state with a sentence, and green needs every fact', () => {
  fc.assert(
    fc.property(reports, targets, lineages, (given, aim, lineage) => {
      const { state, sentence } = verdict({ report: given, target: aim, lineage });
      expect(sentence).toMatch(/^\S.*\.$/);
      if (state !== ComponentState.CURRENT) return;
      const { buildSource, worktreeSha } = given;
      const showsDisk =
        ['file', 'worktree', 'unspecified'].includes(buildSource) || (buildSource === 'command' && worktreeSha !== '');
      const runs = showsDisk && given.runningSha === '' ? given.worktreeSha : given.runningSha;
      expect(runs).toHaveLength(40);
      expect(lineage).toBe(same);
      expect(aim).toMatchObject({ head, requireProvenance: false });
      expect(now.getTime() - aim!.confirmedAt!.getTime()).toBeLessThanOrEqual(300_000);
      expect(now.getTime() - given.reportedAt.getTime()).toBeLessThanOrEqual(90_000);
      for (const moment of [aim!.confirmedAt!, given.reportedAt])
        expect(moment.getTime() - now.getTime()).toBeLessThanOrEqual(5_000);
      expect([given.dirty, given.probeError]).toEqual([false, '']);
      const twoCommits = given.runningSha !== '' && given.worktreeSha !== '' && given.runningSha !== given.worktreeSha;
      const startedLater = given.startedAt !== null && (twoCommits || given.startedAt > given.builtAt!);
      const filesAlone = given.noProcess === true && given.startedAt === null;
      expect(!showsDisk || startedLater || filesAlone).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
