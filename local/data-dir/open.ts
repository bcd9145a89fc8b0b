import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../../host-agent/machine/lock.ts';
import { StartProblem } from '../problem.ts';

/** The data directory of an installation on this machine, held by this process alone. */
export interface DataDir {
  readonly path: string;
  readonly postgres: string;
  readonly agent: string;
  readonly logs: string;
  /** Makes the folders in it again, after they were cleared. */
  makeFolders(): void;
  close(): Promise<void>;
}

const lockName = 'muster.lock';
const pidName = 'muster.pid';

/** What a running Muster holds in its data directory, also while that is cleared. */
export const ownFiles: readonly string[] = [lockName, pidName];

/** Makes the data directory, if it is not there, and takes it. Throws a StartProblem where another Muster has it. */
export async function openDataDir(path: string): Promise<DataDir> {
  const logs = join(path, 'logs');
  const makeFolders = () => void mkdirSync(logs, { recursive: true, mode: 0o700 });
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    requireOurs(path);
    chmodSync(path, 0o700);
    makeFolders();
  } catch (cause) {
    if (cause instanceof StartProblem) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartProblem(`The data directory ${path} cannot be used (${why}). Choose another with MUSTER_DATA_DIR.`, {
      cause,
    });
  }
  const lock = await takeLock(join(path, lockName), 1);
  if (!lock) {
    throw new StartProblem(
      `Another Muster (process ${readPid(path)}) runs on ${path}. Stop it with Ctrl-C in its terminal, or choose another MUSTER_DATA_DIR and MUSTER_LISTEN.`,
    );
  }
  writeFileSync(join(path, pidName), `${process.pid}\n`);
  return {
    path,
    postgres: join(path, 'postgres'),
    agent: join(path, 'agent'),
    logs,
    makeFolders,
    close: () => lock.release(),
  };
}

/** A reset removes everything in it: so it must never be somebody else's directory. */
function requireOurs(path: string): void {
  const isOurs = [lockName, 'master.key'].some((name) => existsSync(join(path, name)));
  if (isOurs || readdirSync(path).length === 0) return;
  throw new StartProblem(
    `${path} is not empty and holds no Muster. Choose a directory of its own with MUSTER_DATA_DIR.`,
  );
}

function readPid(path: string): string {
  try {
    return readFileSync(join(path, pidName), 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown'; // it has only just begun
  }
}
