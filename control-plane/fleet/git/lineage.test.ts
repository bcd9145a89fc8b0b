import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { createRepository, git, importHistory, temporaryFolder } from '../testing/git-repository.ts';
import { knownCommits } from './commits.ts';
import { openHistory } from './history.ts';
import { readLineage, type Lineage, type SeenHead } from './lineage.ts';
import { namedCommits } from '../judge.ts';
import type { Report } from '../report.ts';
import { openMirror, type Mirror } from './mirror.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const { signal } = new AbortController();
let made = 0;

/** Each commit has up to three parents among the earlier ones; some have none, as histories that were joined. */
const histories = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 14 })
  .map((parents) => parents.map((of, at) => [...new Set(at === 0 ? [] : of.map((parent) => parent % at))]));

const ancestors = (history: readonly (readonly number[])[], of: number): Set<number> =>
  new Set([of, ...history[of]!.flatMap((parent) => [...ancestors(history, parent)])]);

test('on any history, a lineage is what reachability says and what git itself says', async () => {
  const cases = fc.tuple(histories, fc.nat(), fc.array(fc.nat(), { minLength: 1, maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(cases, async ([history, runningSeed, headSeeds]) => {
      const directory = createRepository(join(folder.path, `random-${(made += 1)}`), '--bare');
      const shas = importHistory(directory, history);
      const running = runningSeed % history.length;
      const heads = headSeeds.map((seed) => seed % history.length);
      const seen = heads.map((head, at): SeenHead => ({
        sha: shas[head]!,
        observedAt: new Date(1_000_000 - at * 1000),
      }));
      const lineage = await readLineage(
        openMirror(directory),
        shas[running]!,
        seen as [SeenHead, ...SeenHead[]],
        signal,
      );
      expect(plain(lineage)).toEqual(expected(history, running, heads, seen));
      expect(lineage.kind === 'same' || lineage.kind === 'behind').toBe(
        isAncestor(directory, shas[running]!, shas[heads[0]!]!),
      );
      const base = lineage.kind === 'diverged' ? (lineage.mergeBase ?? 'none') : undefined;
      expect([...bases(directory, shas[running]!, shas[heads[0]!]!), undefined]).toContain(base);
    }),
    { numRuns: 40 },
  );
});

test('a new head is judged from the one before as if nothing had been known', async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.array(fc.nat(), { minLength: 2, maxLength: 4 }), async (history, headSeeds) => {
      const directory = createRepository(join(folder.path, `moving-${(made += 1)}`), '--bare');
      const shas = importHistory(directory, history);
      const mirror = { ...openMirror(directory), branches: new Map([['main', shas.at(-1)!]]) };
      const lineages = openHistory(pino({ level: 'silent' }));
      const heads = headSeeds.map((seed) => seed % history.length);
      const seen = heads.map((head, at) => ({
        id: String(-at),
        sha: shas[head]!,
        observedAt: new Date(1_000_000 - at * 1000),
      }));
      for (let at = heads.length - 1; at >= 0; at -= 1) {
        const [id, target] = [seen[at]!.id, seen[at]!.sha];
        const question = { headId: id, target, shas, heads: async () => seen.slice(at) };
        const found = await lineages.lineages(mirror, question, signal);
        expect([...found!.values()].map(plain)).toEqual(
          shas.map((_, running) => expected(history, running, heads.slice(at), seen.slice(at))),
        );
      }
    }),
    { numRuns: 8 },
  );
}, 60_000);

test('ten thousand machines on twenty commits cost as many calls of git as there are commits, and a few where main moves on', async () => {
  const directory = createRepository(join(folder.path, 'counted'), '--bare');
  // Twenty commits in a row, two more on top of the last one, and one beside them.
  const shas = importHistory(directory, [...Array.from({ length: 22 }, (_, at) => (at === 0 ? [] : [at - 1])), [0]]);
  const reports = Array.from({ length: 10_000 }, (_, at): Report => reportOf(shas[at % 20]!));
  const { running } = namedCommits(reports);
  expect(running).toHaveLength(20);
  let calls = 0;
  const mirror = openMirror(directory);
  const counting: Mirror = {
    ...mirror,
    branches: new Map([['main', shas[19]!]]),
    ask(args, options) {
      calls += 1;
      return mirror.ask(args, options);
    },
  };
  const history = openHistory(pino({ level: 'silent' }));
  const heads = [22, 21, 20, 19].map((at, age) => ({
    id: String(at),
    sha: shas[at]!,
    observedAt: new Date(1_000_000 - age * 1000),
  }));
  const costOf = async (headId: string) => {
    const seen = heads.slice(heads.findIndex(({ id }) => id === headId));
    calls = 0;
    const question = { headId, target: seen[0]!.sha, shas: running, heads: async () => seen };
    const found = await history.lineages(counting, question, signal);
    expect(new Set([...found!.values()].map(({ kind }) => kind))).toEqual(kindsAt[headId]);
    return calls;
  };
  const kindsAt: Record<string, Set<string>> = {
    19: new Set(['behind', 'same']),
    20: new Set(['behind']),
    21: new Set(['behind']),
    22: new Set(['behind', 'diverged']),
  };
  expect(await costOf('19')).toBeLessThanOrEqual(1 + 2 * 20);
  expect(await costOf('19')).toBe(0);
  expect(await costOf('20')).toBeLessThanOrEqual(2);
  expect(await costOf('21')).toBeLessThanOrEqual(2);
  // Rewritten: every commit is looked at anew, once.
  expect(await costOf('22')).toBeLessThanOrEqual(2 + 3 * 20);
});

const reportOf = (runningSha: string): Report => ({
  component: 'app',
  repository: 'app',
  runningSha,
  worktreeSha: '',
  dirty: false,
  buildSource: 'baked',
  builtAt: null,
  startedAt: null,
  probeError: '',
  reportedAt: new Date(),
});

function expected(
  history: readonly (readonly number[])[],
  running: number,
  heads: readonly number[],
  seen: readonly SeenHead[],
): unknown {
  const [mine, theirs] = [ancestors(history, running), ancestors(history, heads[0]!)];
  const ahead = [...mine].filter((one) => !theirs.has(one)).length;
  const behind = [...theirs].filter((one) => !mine.has(one)).length;
  if (ahead + behind === 0) return { kind: 'same' };
  if (behind === 0) return { kind: 'ahead', ahead };
  const lastHad = heads.findIndex((head) => mine.has(head));
  const since = seen[(lastHad === -1 ? heads.length : lastHad) - 1]!.observedAt;
  return ahead === 0 ? { kind: 'behind', behind, since } : { kind: 'diverged', ahead, behind, since };
}

function plain(lineage: Lineage): unknown {
  if (lineage.kind !== 'diverged') return lineage;
  const { mergeBase: _, ...facts } = lineage;
  return facts;
}

const isAncestor = (directory: string, one: string, other: string): boolean =>
  spawnSync('git', ['-C', directory, 'merge-base', '--is-ancestor', one, other]).status === 0;

const bases = (directory: string, one: string, other: string): string[] => {
  const { stdout } = spawnSync('git', ['-C', directory, 'merge-base', '--all', one, other], { encoding: 'utf8' });
  return stdout.trim() === '' ? ['none'] : stdout.trim().split('\n');
};

test('only full ids of commits are known: no trees, no tags, no abbreviations, not even of the longer format', async () => {
  for (const format of ['sha1', 'sha256']) {
    const directory = createRepository(join(folder.path, format), '--bare', `--object-format=${format}`);
    const [sha] = importHistory(directory, [[]]);
    const tree = git(directory, ['rev-parse', `${sha}^{tree}`]);
    git(directory, ['tag', '-a', 'v1', '-m', 'v1', sha!]);
    const tag = git(directory, ['rev-parse', 'v1']);
    const asked = [sha!, tree, tag, sha!.slice(0, 40), '0'.repeat(40), 'f'.repeat(64), sha!.slice(0, 12)];
    expect(await knownCommits(openMirror(directory), [...new Set(asked)], signal)).toEqual(new Set([sha]));
  }
});
