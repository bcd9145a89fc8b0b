import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ownFiles, type DataDir } from './data-dir/open.ts';
import { StartProblem } from './problem.ts';
import type { Settings } from './settings.ts';

/** Clears what was kept on this machine, after asking. Answers whether it did. */
export async function reset(settings: Settings, dataDir: DataDir, yes: boolean): Promise<boolean> {
  if (settings.databaseUrl !== undefined) {
    throw new StartProblem(
      `--reset does not touch the database that DATABASE_URL names. Drop and create it yourself, remove ${dataDir.path}, and start without --reset.`,
    );
  }
  if (
    !yes &&
    !(await confirm(`This removes ${dataDir.path}: database, accounts, sandboxes and their files. Go on? [y/N] `))
  ) {
    return false;
  }
  // Only a reset needs the agent's own code.
  const { removeSandboxes } = await import('./agent/remove-sandboxes.ts');
  const removed = await removeSandboxes(settings, dataDir);
  const kept = readdirSync(dataDir.path).filter((name) => !ownFiles.includes(name));
  for (const name of kept) rmSync(join(dataDir.path, name), { recursive: true, force: true });
  dataDir.makeFolders();
  process.stdout.write(`Cleared ${dataDir.path}; ${removed} ${removed === 1 ? 'sandbox' : 'sandboxes'} removed.\n`);
  return true;
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new StartProblem('--reset asks before it clears anything, and there is no terminal to ask at. Add --yes.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
