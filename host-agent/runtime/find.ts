import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
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
    return kind && version ? { kind, command: pathOf(command), version } : undefined;
  } catch {
    return undefined;
  }
}

/** Where a program is, so that it need not be looked for with every start. */
function pathOf(command: string): string {
  const { PATH = '' } = process.env;
  if (PATH === '' || command.includes('/')) return command;
  const places = PATH.split(':').map((directory) => resolve(directory, command));
  return places.find(isProgram) ?? command;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
