import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Part } from '../terminal/board.ts';
import { hasProgram, missingNeeds, type Need } from './catalog.ts';

/**
 * Sees to the packages that the machine must bring: says what is missing and why, and installs it where we are root on
 * Debian or Ubuntu. Never fails: everything that needs none of them works without.
 */
export async function provideSystemPackages(part: Part, logFile: string): Promise<void> {
  if (process.platform !== 'linux') return part.warn('sandboxes run on Linux only; add a Linux machine as a host');
  const missing = missingNeeds();
  if (missing.length === 0) return part.done('all here');
  const packages = missing.flatMap((need) => need.packages);
  for (const need of missing) part.note(`Missing: ${need.packages.join(', ')}, needed ${need.why}.`);
  if (!hasProgram('apt-get')) return part.warn(`install ${packages.join(', ')} and start again`);
  if (process.geteuid?.() !== 0) return part.warn(`run: sudo apt-get install --yes ${packages.join(' ')}`);
  part.note(`Installing them with apt-get; its words are in ${logFile}.`);
  part.update(`installing ${packages.join(', ')}`);
  await install(packages, logFile);
  part.finish(...outcome(missingNeeds(), logFile));
}

function outcome(missing: readonly Need[], logFile: string): ['done' | 'warn', string] {
  if (missing.length === 0) return ['done', 'installed'];
  const packages = missing.flatMap((need) => need.packages).join(' ');
  return ['warn', `apt-get could not install ${packages} (${logFile}); everything else works`];
}

/** A fresh machine has no package lists yet, and old ones may name files that are gone: then they are fetched first. */
async function install(packages: readonly string[], logFile: string): Promise<void> {
  const command = ['install', '--yes', '--no-install-recommends', ...packages];
  if (await aptGet(command, logFile)) return;
  await aptGet(['update'], logFile);
  await aptGet(command, logFile);
}

function aptGet(args: readonly string[], logFile: string): Promise<boolean> {
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn('apt-get', args, {
    stdio: ['ignore', log, log],
    // Ctrl-C must not cut a package in half.
    detached: true,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  closeSync(log);
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
