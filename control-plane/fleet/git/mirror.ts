import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { askBranches, readBranches, sameBranches, type Branches, type Source } from './branches.ts';
import { packedBytes } from './mirror-files.ts';
import { uploadPack } from './environment.ts';
import { GitFailure } from './failure.ts';
import { runGit } from './run.ts';

/** A bare copy of one repository, with all of its branches: this replica's cache, made anew when it is broken. */
export interface Mirror {
  readonly directory: string;
  /** Where its branches are, as of the last update. Undefined before. */
  readonly branches: Branches | undefined;
  /** Brings the copy up to date; answers whether anything was new. Throws a GitFailure. Calls wait for each other. */
  update(source: Source, signal: AbortSignal): Promise<boolean>;
  /** Asks the copy. Throws a GitFailure, also when there is no copy. */
  ask(args: readonly string[], options: { signal: AbortSignal; input?: string }): Promise<string>;
  /** It lacks what it should have: the next update makes it anew. */
  distrust(): void;
  /** Removes it, after what is under way: an update that ends later would bring it back. */
  remove(): Promise<void>;
}

const fetchTimeoutMs = 600_000;
const askTimeoutMs = 60_000;
const largestBytes = 4 * 1024 ** 3;
/** A copy is not repaired more often: where the fault lies elsewhere (a full disk), that would only add to it. */
const restMs = 60_000;

/** The mirror in this directory, which need not exist yet. */
export function openMirror(directory: string): Mirror {
  let branches: Branches | undefined;
  let distrusted = false;
  let repairedMs = -Infinity;
  let turn: Promise<unknown> = Promise.resolve();

  const makeAnew = async (source: Source, there: Branches, signal: AbortSignal) => {
    if (branches) repairedMs = performance.now();
    await make(directory, source, formatOf(there), signal);
    distrusted = false;
  };

  const update = async (source: Source, signal: AbortSignal): Promise<boolean> => {
    // Before the repository is asked: what an earlier process fetched is of use also where there is no answer.
    branches ??= await readBranches(directory, signal).catch(() => undefined);
    const there = await askBranches(source, signal);
    const before = branches;
    if (before && !distrusted && sameBranches(before, there)) return false;
    const rested = performance.now() - repairedMs > restMs;
    if (!before || (distrusted && rested)) {
      await makeAnew(source, there, signal);
    } else {
      try {
        await fetchInto(directory, source, signal);
      } catch (error) {
        // The repository has just answered: what fails now is the copy.
        if (!(error instanceof GitFailure && error.problem === 'failed' && rested)) throw error;
        await makeAnew(source, there, signal);
      }
    }
    branches = await readBranches(directory, signal);
    return !before || !sameBranches(before, branches);
  };

  return {
    directory,
    get branches() {
      return branches;
    },
    update(source, signal) {
      const mine = turn.then(() => update(source, signal));
      turn = mine.catch(() => undefined);
      return mine;
    },
    ask: (args, options) => runGit([`--git-dir=${directory}`, ...args], { ...options, timeoutMs: askTimeoutMs }),
    distrust: () => void (distrusted = true),
    remove() {
      const removed = turn.then(() => rm(directory, { recursive: true, force: true }));
      turn = removed.catch(() => undefined);
      return removed;
    },
  };
}

/** Beside the old one first: whoever asks meanwhile is answered, and a crash leaves no half of a mirror. */
async function make(directory: string, source: Source, format: string, signal: AbortSignal): Promise<void> {
  const fresh = `${directory}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    await runGit(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, fresh], {
      signal,
      timeoutMs: askTimeoutMs,
    });
    await fetchInto(fresh, source, signal);
    await rename(directory, `${fresh}.old`).catch(() => undefined);
    await rename(fresh, directory);
  } finally {
    await rm(`${fresh}.old`, { recursive: true, force: true });
    await rm(fresh, { recursive: true, force: true });
  }
}

async function fetchInto(directory: string, source: Source, signal: AbortSignal): Promise<void> {
  const options = [
    '--quiet',
    '--force',
    '--prune',
    '--no-tags',
    '--no-write-fetch-head',
    '--update-shallow',
    `--upload-pack=${uploadPack}`,
  ];
  await runGit([`--git-dir=${directory}`, 'fetch', ...options, '--', source.address, '+refs/heads/*:refs/heads/*'], {
    signal,
    timeoutMs: fetchTimeoutMs,
    transport: source.transport,
    environment: source.environment,
    grewTooLarge: async () => (await packedBytes(directory)) > largestBytes,
  });
}

const formatOf = (branches: Branches): string => (branches.values().next().value?.length === 64 ? 'sha256' : 'sha1');
