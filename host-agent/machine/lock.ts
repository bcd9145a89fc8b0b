import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { StartupError } from '../startup-error.ts';

/** A lock that ends with its holder, however that dies: the kernel drops it with the child that holds the file. */
export interface HeldLock {
  release(): Promise<void>;
}

const conflictCode = 75;

/**
 * Takes the lock of a file. Answers undefined where another process holds it for longer than `waitSeconds`.
 * Held by a child (`flock` around `cat`) whose standard input is ours: Node itself cannot lock files.
 */
export async function takeLock(path: string, waitSeconds: number): Promise<HeldLock | undefined> {
  const args = [
    '--exclusive',
    '--wait',
    String(waitSeconds),
    '--conflict-exit-code',
    String(conflictCode),
    '--no-fork',
    path,
    'cat',
  ];
  // A session of its own: Ctrl-C in the terminal must not end the lock before its holder.
  const child = spawn('flock', args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const ended = once(child, 'exit');
  ended.catch(() => undefined);
  child.stdin.on('error', () => undefined); // it went away first; its exit says why
  child.stdin.write('held');
  const outcome = await Promise.race([
    once(child.stdout, 'data').then(() => 'held' as const),
    ended.catch((error: Error) => error),
  ]);
  if (outcome !== 'held') {
    if (Array.isArray(outcome) && outcome[0] === conflictCode) return undefined;
    throw new StartupError(
      `The file ${path} cannot be locked: is flock (Debian: util-linux) installed, and may this user write there?`,
      {
        cause: outcome,
      },
    );
  }
  child.unref();
  return {
    release: async () => {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
