import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../startup-error.ts';
import { takeLock, type HeldLock } from './lock.ts';

/** The file in it that its agent holds locked. */
export const lockName = 'agent.lock';

/** A data directory that this process alone has open. */
export interface DataDir {
  /** Absolute, without symbolic links. */
  readonly path: string;
  close(): Promise<void>;
}

/** Makes the data directory (0700) where it is missing and takes it. Throws a StartupError where another agent has it. */
export async function openDataDir(directory: string): Promise<DataDir> {
  const path = await makeDirectory(directory);
  const pidFile = join(path, 'agent.pid');
  const lock: HeldLock | undefined = await takeLock(join(path, lockName), 1);
  if (!lock) {
    const pid = await readFile(pidFile, 'utf8').catch(() => '');
    throw new StartupError(
      `Another muster-agent${pid ? ` (process ${pid.trim()})` : ''} uses ${path}. Stop it first, or give this one its own --data-dir.`,
    );
  }
  await writeFile(pidFile, `${process.pid}\n`);
  return { path, close: () => lock.release() };
}

async function makeDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await realpath(directory);
  } catch (error) {
    throw new StartupError(
      `The data directory ${directory} cannot be made (${error instanceof Error ? error.message : String(error)}). Choose another with --data-dir, or run as root.`,
      { cause: error },
    );
  }
}
