import { expect, test } from 'vitest';
import { judgeRule, type Condition } from './judge.ts';
import type { Sighting } from './look.ts';

const minuteMs = 60_000;
const sighting = (subject: string, since?: Date): Sighting => ({
  subject,
  digest: '',
  repository: 'app',
  sha: '',
  hostId: subject,
  name: subject,
  component: '',
  sentence: '',
  since,
});

/** One rule on a fake clock: each step is a sample, and says what fired and what was over in it. */
function ruleOf(holdMs: number, samples: 1 | 2 = 2) {
  let [atMs, lastMs] = [0, 0];
  let conditions: readonly Condition[] = [];
  return {
    wait: (ms: number) => void (atMs += ms),
    sample(seen: readonly Sighting[], undecided: readonly string[] = []) {
      atMs += 10_000;
      const look = { seen, undecided: new Set(undecided) };
      const sample = { at: new Date(atMs), interrupted: atMs - lastMs > minuteMs };
      lastMs = atMs;
      const { changed, dropped, fired, left } = judgeRule({ holdMs }, { samples }, look, conditions, sample);
      const kept = new Map(conditions.map((one) => [one.subject, one]));
      for (const one of changed) kept.set(one.subject, one);
      for (const subject of dropped) kept.delete(subject);
      for (const { subject } of fired) kept.set(subject, { ...kept.get(subject)!, alertId: 'alert' }); // it is kept: it fired
      conditions = [...kept.values()];
      return { fired: fired.map(({ subject }) => subject), left: left.map(({ subject }) => subject) };
    },
  };
}
const nothing = { fired: [], left: [] };
const dirty = [sighting('a')];

test('one sample is not believed: it fires with the second, and once', () => {
  const rule = ruleOf(0);
  expect(rule.sample(dirty)).toEqual(nothing);
  expect(rule.sample(dirty)).toEqual({ fired: ['a'], left: [] });
  expect(rule.sample(dirty)).toEqual(nothing);
});

test('what flickers never fires, and what fires is over only after two samples without it', () => {
  const rule = ruleOf(0);
  for (const seen of [dirty, [], dirty, [], dirty]) expect(rule.sample(seen)).toEqual(nothing);
  expect(rule.sample(dirty)).toEqual({ fired: ['a'], left: [] });
  for (const seen of [[], dirty, [], dirty, []]) expect(rule.sample(seen)).toEqual(nothing);
  expect(rule.sample([])).toEqual({ fired: [], left: ['a'] });
});

test('what cannot be told keeps what was: neither over nor forgotten', () => {
  const rule = ruleOf(0);
  rule.sample(dirty);
  expect(rule.sample([], ['a'])).toEqual(nothing);
  expect(rule.sample(dirty)).toEqual({ fired: ['a'], left: [] });
  for (let count = 0; count < 5; count += 1) expect(rule.sample([], ['a'])).toEqual(nothing);
  rule.sample([]);
  expect(rule.sample([])).toEqual({ fired: [], left: ['a'] });
});

test('a time is counted from the facts where they tell it, else from the first sample', () => {
  const told = ruleOf(30 * minuteMs);
  told.wait(31 * minuteMs);
  const behind = [sighting('a', new Date(0))];
  expect([told.sample(behind), told.sample(behind)]).toEqual([nothing, { fired: ['a'], left: [] }]);
  const counted = ruleOf(minuteMs);
  for (let count = 0; count < 6; count += 1) expect(counted.sample(dirty)).toEqual(nothing);
  expect(counted.sample(dirty)).toEqual({ fired: ['a'], left: [] });
});

test('when nobody looked for long, what waits begins anew, and what fires goes on', () => {
  const rule = ruleOf(0);
  rule.sample(dirty);
  rule.wait(5 * minuteMs);
  expect(rule.sample(dirty)).toEqual(nothing);
  expect(rule.sample(dirty)).toEqual({ fired: ['a'], left: [] });
  rule.wait(5 * minuteMs);
  expect(rule.sample(dirty)).toEqual(nothing);
  expect(rule.sample([])).toEqual(nothing);
});

test('a recorded fact is believed at once', () => {
  expect(ruleOf(0, 1).sample(dirty)).toEqual({ fired: ['a'], left: [] });
});
