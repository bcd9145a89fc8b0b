import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clusterPaths } from './cluster.ts';

/** Processes of the PostgreSQL of a directory of ours, also of one that is being made. */
export function processesOf(directory: string): number[] {
  const { data, unfinished } = clusterPaths(directory);
  return [data, unfinished].filter((path) => existsSync(path)).flatMap(processesOn);
}

/** Processes of a PostgreSQL that work on this data directory: each of them has it as its working directory. */
export function processesOn(data: string): number[] {
  const real = realpathSync(data);
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => linkOf(`/proc/${pid}/cwd`) === real && linkOf(`/proc/${pid}/exe`)?.includes('postgres'))
    .map(Number);
}

/**
 * Removes a `postmaster.pid` that no living server wrote (after a kill -9 or a power cut). PostgreSQL would refuse to
 * start if that process number belongs to somebody else by now. Only to be called when `processesOn` is empty.
 */
export function removeStalePidFile(data: string): void {
  rmSync(join(data, 'postmaster.pid'), { force: true });
}

/** What the server says of itself in `postmaster.pid`: line 1 its process, line 8 its state. */
export function readPidFile(data: string): { pid: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined; // not written yet
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // ended meanwhile, or not ours to look at
  }
}
