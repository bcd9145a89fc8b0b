import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './compile.ts';

/** How muster-stage is made. */
export const stageProgram: Program = {
  name: 'muster-stage',
  sources: new URL('./stage/', import.meta.url),
  flags: ['-std=gnu11', '-O2', '-Wall'],
};

/**
 * Where every sandbox's root is mounted while its runtime starts, each in a mount namespace of its own. It is outside
 * of the data directory, because the sandbox's root user, as whom a runtime works, may not be allowed in there.
 */
export const defaultStageDir = '/run/muster/stage';

/** As many layers can lie below a sandbox's own files. */
const maxLowers = 32;

/** Makes the places to mount at. Idempotent, also when several agents do it at once. */
export async function prepareStageDir(stageDir: string): Promise<void> {
  const lowers = Array.from({ length: maxLowers }, (_, number) => `lower${number}`);
  for (const name of [...lowers, 'volume', 'root']) await mkdir(join(stageDir, name), { recursive: true, mode: 0o755 });
  await (await open(join(stageDir, 'init'), 'a', 0o644)).close();
}

/** How many files a process of the agent may have open at most. */
export async function maxOpenFiles(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
}
