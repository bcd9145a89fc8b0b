import { spawn, type ChildProcess } from 'node:child_process';
import { gitEnvironment, gitSettings, type Transport } from './environment.ts';
import { GitFailure, lastWords } from './failure.ts';

export interface GitOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** How it may reach out. Nothing at all where unset. */
  readonly transport?: Transport;
  /** Added to its environment. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** What it reads. */
  readonly input?: string;
  /** Asked while it runs: true ends it, as too large. */
  readonly grewTooLarge?: () => Promise<boolean>;
}

const mostOutput = 64 * 1024 * 1024;
const mostWords = 64 * 1024;
/** How long git may take to tidy up after it was told to end. */
const graceMs = 2_000;
const sizeCheckMs = 1_000;

/** Runs git and answers what it printed. Throws a GitFailure otherwise; it and its children have ended then. */
export function runGit(args: readonly string[], options: GitOptions): Promise<string> {
  if (options.signal.aborted)
    return Promise.reject(new GitFailure('canceled', 'Git was not started: the server stops.'));
  return new Promise((resolve, reject) => {
    // A process group of its own, so that helpers (ssh, upload-pack) end with it.
    const git = spawn('git', [...gitSettings, ...args], {
      env: { ...gitEnvironment(options.transport), ...options.environment },
      cwd: '/',
      detached: true,
      stdio: 'pipe',
    });
    const out: Buffer[] = [];
    let size = 0;
    let words = '';
    let failure: GitFailure | undefined;

    const end = (reason: GitFailure) => {
      if (failure) return;
      failure = reason;
      endGroup(git, 'SIGTERM');
      killing = setTimeout(() => endGroup(git, 'SIGKILL'), graceMs);
    };
    const cancel = () => end(new GitFailure('canceled', 'Git was stopped: the server stops.'));
    let killing: NodeJS.Timeout | undefined;
    const timeout = setTimeout(
      () =>
        end(
          new GitFailure('timeout', `Git took longer than ${Math.round(options.timeoutMs / 1000)} s and was stopped.`),
        ),
      options.timeoutMs,
    );
    const tooLarge = () => end(new GitFailure('too_large', 'The repository is larger than is allowed.'));
    const sizing = setInterval(
      () =>
        void options.grewTooLarge?.().then(
          (grew) => grew && tooLarge(),
          () => undefined,
        ),
      sizeCheckMs,
    );
    options.signal.addEventListener('abort', cancel);
    const settle = () => {
      clearTimeout(timeout);
      clearTimeout(killing);
      clearInterval(sizing);
      options.signal.removeEventListener('abort', cancel);
    };

    git.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostOutput) tooLarge();
      else out.push(chunk);
    });
    git.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-mostWords)));
    git.on('error', (cause) => {
      settle();
      reject(
        new GitFailure('not_installed', 'Git cannot be started on this server: install the package git.', { cause }),
      );
    });
    git.on('close', (exitCode) => {
      settle();
      if (failure) reject(failure);
      else if (exitCode === 0) resolve(Buffer.concat(out).toString());
      else
        reject(
          new GitFailure('failed', lastWords(words) || 'Git failed without a word.', {
            exitCode: exitCode ?? undefined,
          }),
        );
    });
    // Git may end before it has read everything; its exit code tells.
    git.stdin.on('error', () => {});
    git.stdin.end(options.input ?? '');
  });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
