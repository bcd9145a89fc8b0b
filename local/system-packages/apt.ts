import { spawn, type StdioOptions } from 'node:child_process';

/**
 * Installs packages with apt-get. A fresh machine has no package lists yet, and old ones may name files that are gone:
 * then they are fetched first. Its words go to a log, or what is wrong in the end to the terminal.
 */
export async function installWithApt(packages: readonly string[], log?: number): Promise<void> {
  const command = ['install', '--yes', '--no-install-recommends', ...packages];
  const quietly = log ?? 'ignore';
  if (await aptGet(command, ['ignore', quietly, quietly])) return;
  await aptGet(['update'], ['ignore', quietly, quietly]);
  await aptGet(command, ['ignore', quietly, log ?? 'inherit']);
}

/** The same for a person to copy. */
export const aptLine = (packages: readonly string[]): string => `sudo apt-get install --yes ${packages.join(' ')}`;

function aptGet(args: readonly string[], stdio: StdioOptions): Promise<boolean> {
  const child = spawn('apt-get', args, {
    stdio,
    // Ctrl-C must not cut a package in half.
    detached: true,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
