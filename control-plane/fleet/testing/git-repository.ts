import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** A folder for a test's repositories; removed with `using`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'muster-fleet-')));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs git as a developer would, without the machine's configuration. */
export function git(directory: string, args: readonly string[], input?: string): string {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...identity,
  };
  return execFileSync('git', ['-C', directory, ...args], { env, input, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/** A repository on `main`. */
export function createRepository(directory: string, ...options: string[]): string {
  git('/', ['init', '-q', '--initial-branch=main', ...options, directory]);
  return directory;
}

/** Adds an empty commit to what is checked out; answers its id. */
export function commit(directory: string, subject: string): string {
  git(directory, ['commit', '-q', '--allow-empty', '-m', subject]);
  return git(directory, ['rev-parse', 'HEAD']);
}

/**
 * Writes a whole history at once: commit `i` has the parents that `history[i]` names, all of them smaller numbers.
 * Every commit gets a branch `c<i>`. Answers the ids.
 */
export function importHistory(directory: string, history: readonly (readonly number[])[]): string[] {
  const commits = history.map((parents, at) => {
    const [first, ...others] = parents;
    const lines = [
      `commit refs/heads/c${at}`,
      `mark :${at + 1}`,
      `committer Ada <ada@example.com> ${1_700_000_000 + at} +0000`,
      'data 1',
      `c`,
    ];
    if (first !== undefined) lines.push(`from :${first + 1}`);
    return [...lines, ...others.map((parent) => `merge :${parent + 1}`), ''].join('\n');
  });
  git(directory, ['fast-import', '--quiet'], commits.join('\n'));
  return git(directory, ['rev-parse', ...history.map((_, at) => `c${at}`)]).split('\n');
}
