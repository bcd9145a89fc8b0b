import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { ProbeError } from './probe-error.ts';

const gitWithinMs = 10_000;
const fullSha = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** A git working tree, looked at without changing it and without running anything that it brings along. */
export interface Worktree {
  readonly path: string;
  /** Its own git directory (of a linked working tree: the one below `worktrees/`). */
  readonly gitDir: string;
  /** Where its refs are. */
  readonly commonDir: string;
}

/** Finds the working tree at a path. Throws ProbeError where there is none. */
export async function openWorktree(path: string, signal: AbortSignal): Promise<Worktree> {
  const answer = await git(path, ['rev-parse', '--show-toplevel', '--absolute-git-dir', '--git-common-dir'], signal);
  const [top, gitDir, commonDir] = answer.trimEnd().split('\n');
  if (!top || !gitDir || !commonDir) throw new ProbeError(`${path} is not a git working tree.`);
  return { path: top, gitDir, commonDir: isAbsolute(commonDir) ? commonDir : resolve(path, commonDir) };
}

/** The commit that is checked out. Reads two small files; asks git only where refs are packed. */
export async function readHead(worktree: Worktree, signal: AbortSignal): Promise<string> {
  const head = (await readFile(join(worktree.gitDir, 'HEAD'), 'utf8').catch(() => '')).trim();
  if (fullSha.test(head)) return head;
  const ref = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (ref && !ref.includes('..')) {
    const loose = (await readFile(join(worktree.commonDir, ref), 'utf8').catch(() => '')).trim();
    if (fullSha.test(loose)) return loose;
  }
  return (await git(worktree.path, ['rev-parse', '--verify', 'HEAD'], signal)).trim();
}

/** Whether anything differs from the commit, files that git does not know included. */
export async function isDirty(worktree: Worktree, signal: AbortSignal): Promise<boolean> {
  return (await git(worktree.path, ['status', '--porcelain', '--ignore-submodules=none'], signal)) !== '';
}

/** Whether git knows a file. */
export async function isTracked(worktree: Worktree, path: string, signal: AbortSignal): Promise<boolean> {
  return (await git(worktree.path, ['ls-files', '--', path], signal)) !== '';
}

/**
 * Runs git. Root looks at a working tree with the rights of its owner, since a repository's own configuration can name
 * programs; monitors, hooks, locks, prompts and lazy fetches are off besides.
 */
async function git(directory: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const owner = await stat(directory).catch(() => undefined);
  if (!owner) throw new ProbeError(`${directory} does not exist.`);
  const rights = process.getuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : {};
  const options = [
    '-c',
    'safe.directory=*',
    '-c',
    'core.fsmonitor=false',
    '-c',
    'core.hooksPath=/dev/null',
    '--no-optional-locks',
    '-C',
    directory,
  ];
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
  };
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      [...options, ...args],
      {
        ...rights,
        env: environment,
        cwd: '/',
        timeout: gitWithinMs,
        killSignal: 'SIGKILL',
        maxBuffer: 16 * 1024 * 1024,
        signal,
      },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else if (error.code === 'ENOENT') reject(new ProbeError('git is not installed.'));
        else if (error.killed) reject(new ProbeError(`git took longer than ${gitWithinMs / 1000} seconds.`));
        else reject(new ProbeError(stderr.trim().split('\n')[0] || error.message));
      },
    );
  });
}
