import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const binaries = join(root, 'node_modules', '.bin');

/** How a command ended, and what it wrote. */
export interface Finished {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs one of the tools that npm brought, in the repository. */
export function runTool(tool: string, ...args: readonly string[]): Promise<Finished> {
  const child = spawn(join(binaries, tool), args, {
    cwd: root,
    env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** Runs tools one after the other; stops at the first that fails. */
export async function runTools(
  ...commands: readonly (readonly [tool: string, ...args: string[]])[]
): Promise<Finished> {
  for (const [tool, ...args] of commands) {
    const finished = await runTool(tool, ...args);
    if (!finished.ok) return finished;
  }
  return { ok: true, output: '' };
}
