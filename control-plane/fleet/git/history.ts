import type { Logger } from 'pino';
import PQueue from 'p-queue';
import { addedBy, advance } from './advance.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Branches } from './branches.ts';
import { knownCommits, readCommits, type CommitFacts } from './commits.ts';
import { GitFailure } from './failure.ts';
import { readLineage, type Lineage, type SeenHead } from './lineage.ts';
import type { Mirror } from './mirror.ts';

/** What git knows about commits, each asked once: a new head costs as many calls as there are different commits. */
export interface History {
  /** How these commits stand to the newest head. Undefined where this replica's copy cannot tell (yet). */
  lineages(mirror: Mirror, question: Question, signal: AbortSignal): Promise<ReadonlyMap<string, Lineage> | undefined>;
  /** Subjects and authors, where the copy has the commits. */
  commits(mirror: Mirror, shas: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, CommitFacts>>;
}

export interface Question {
  /** The number of the newest head: lineages are remembered for it. */
  readonly headId: string;
  readonly target: string;
  readonly shas: readonly string[];
  /** The heads that the branch has had, newest first; asked only where git has to be. */
  heads(): Promise<readonly SeenHead[]>;
}

const mostLineages = 100_000;
const mostCommits = 20_000;
/** Git calls at the same time. */
const parallel = 4;

export function openHistory(log: Logger): History {
  const remembered = new BoundedMap<string, Lineage>(mostLineages);
  const facts = new BoundedMap<string, CommitFacts>(mostCommits);
  // What is unknown may come with the next fetch, which has other branches.
  const strangers = new WeakMap<Branches, Set<string>>();
  const queue = new PQueue({ concurrency: parallel });

  /** Remembers what follows from the head before, with one call for all of them; answers the commits of which nothing does. */
  const carryOver = async (
    mirror: Mirror,
    headId: string,
    shas: readonly string[],
    newest: SeenHead,
    previous: SeenHead,
    signal: AbortSignal,
  ): Promise<readonly string[]> => {
    const told = (sha: string) => (previous.id === undefined ? undefined : remembered.get(`${previous.id}:${sha}`));
    const added = shas.some(told) ? await addedBy(mirror, newest, previous, signal) : undefined;
    if (added === undefined) return shas;
    return shas.filter((sha) => {
      const lineage = advance(told(sha), added, newest);
      if (lineage) remembered.set(`${headId}:${sha}`, lineage);
      return !lineage;
    });
  };

  /** Undefined where the copy does not have the head. */
  const judge = async (
    mirror: Mirror,
    question: Question,
    shas: readonly string[],
    unknown: Set<string>,
    signal: AbortSignal,
  ) => {
    const { headId, target } = question;
    const seen = await question.heads();
    const known = await knownCommits(mirror, [...new Set([target, ...shas, ...seen.map(({ sha }) => sha)])], signal);
    if (!known.has(target)) {
      // A branch that points at a commit that is not there: the copy is damaged, not late.
      if ([...(mirror.branches?.values() ?? [])].includes(target)) mirror.distrust();
      return false;
    }
    const [newest, ...others] = seen.filter(({ sha }) => known.has(sha));
    if (newest?.sha !== target) return false; // a head was recorded between two statements: the next round has it
    for (const sha of shas) if (!known.has(sha)) unknown.add(sha);
    const judged = shas.filter((sha) => known.has(sha));
    const open = others[0] ? await carryOver(mirror, headId, judged, newest, others[0], signal) : judged;
    await queue.addAll(
      open.map(
        (sha) => async () =>
          remembered.set(`${headId}:${sha}`, await readLineage(mirror, sha, [newest, ...others], signal)),
      ),
    );
    return true;
  };

  return {
    async lineages(mirror, question, signal) {
      const { branches } = mirror;
      if (!branches) return undefined;
      const unknown = strangers.get(branches) ?? new Set();
      strangers.set(branches, unknown);
      const open = question.shas.filter((sha) => !unknown.has(sha) && !remembered.get(`${question.headId}:${sha}`));
      try {
        if (open.length > 0 && !(await judge(mirror, question, open, unknown, signal))) return undefined;
      } catch (error) {
        if (!(error instanceof GitFailure)) throw error;
        if (error.problem === 'canceled') throw error;
        mirror.distrust();
        log.warn({ err: error, mirror: mirror.directory }, 'a mirror cannot be read; it is made anew');
        return undefined;
      }
      const lineageOf = (sha: string): Lineage => remembered.get(`${question.headId}:${sha}`) ?? { kind: 'unknown' };
      return new Map(question.shas.map((sha) => [sha, lineageOf(sha)]));
    },

    async commits(mirror, shas, signal) {
      const open = [...new Set(shas)].filter((sha) => !facts.get(sha));
      if (mirror.branches && open.length > 0) {
        try {
          const known = await knownCommits(mirror, open, signal);
          for (const commit of await readCommits(mirror, [...known], signal)) facts.set(commit.sha, commit);
        } catch (error) {
          if (!(error instanceof GitFailure) || error.problem === 'canceled') throw error;
          log.warn({ err: error, mirror: mirror.directory }, 'commits cannot be read from a mirror');
        }
      }
      return new Map(shas.flatMap((sha) => facts.get(sha) ?? []).map((commit) => [commit.sha, commit]));
    },
  };
}
