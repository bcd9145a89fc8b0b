import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Runtime } from './driver.ts';

const known = ['crun', 'runc'] as const;

/** The runtimes to try, best first: the configured one alone, or all that are installed. */
export async function findRuntimes(configured: string | undefined): Promise<Runtime[]> {
  const found = await Promise.all((configured ? [configured] : known).map(askVersion));
  return found.filter((runtime) => runtime !== undefined);
}

/** `crun version 1.8.1`, `runc version 1.1.5+ds1`: the program says itself which one it is, whatever its file is called. */
async function askVersion(command: string): Promise<Runtime | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, ['--version'], { timeout: 5000 });
    const [, name, version] = /^(\S+) version (\S+)/.exec(stdout) ?? [];
    const kind = known.find((candidate) => candidate === name);
    return kind && version ? { kind, command, version } : undefined;
  } catch {
    return undefined;
  }
}
