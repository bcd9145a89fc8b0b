import { execFile } from 'node:child_process';
import { relative, sep } from 'node:path';
import { promisify } from 'node:util';

/** What a working tree is, as a build bakes it in. */
export interface TreeFacts {
  /** The full commit id; empty where it is unknown. */
  readonly sha: string;
  readonly dirty: boolean;
  /** Why the commit is unknown. Empty where it is known. */
  readonly problem: string;
}

/** Reads commit and dirt of the tree that holds a directory. `written` is the file that is about to be written: it is no dirt. */
export async function readTree(directory: string, written: string, signal: AbortSignal): Promise<TreeFacts> {
  const git = async (...args: string[]) => {
    const options = { signal, maxBuffer: 16 * 1024 * 1024, timeout: 60_000 };
    return (await promisify(execFile)('git', ['-C', directory, '--no-optional-locks', ...args], options)).stdout;
  };
  try {
    const sha = (await git('rev-parse', '--verify', 'HEAD^{commit}')).trim();
    const top = (await git('rev-parse', '--show-toplevel')).trim();
    const own = relative(top, written);
    const spec = own.startsWith('..') ? [] : ['--', ':/', `:(top,exclude,literal)${own.split(sep).join('/')}`];
    return {
      sha,
      dirty: (await git('status', '--porcelain', '--ignore-submodules=none', ...spec)) !== '',
      problem: '',
    };
  } catch (error) {
    signal.throwIfAborted();
    return { sha: '', dirty: false, problem: wordsOf(error) };
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'git is not installed';
  const stderr = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim().split('\n')[0] : '';
  return (stderr || error.message).replace(/^fatal: /, '');
}
