import { closeSync, openSync } from 'node:fs';
import type { Part } from '../terminal/board.ts';
import { aptLine, installWithApt } from './apt.ts';
import { hasProgram, missingOf, needs, packagesOf, type Need } from './catalog.ts';

/**
 * Sees to the packages that the machine must bring: says what is missing and why, and installs it where we are root on
 * Debian or Ubuntu. Never fails: everything that needs none of them works without.
 */
export async function provideSystemPackages(part: Part, logFile: string): Promise<void> {
  if (process.platform !== 'linux') return part.warn('sandboxes run on Linux only; add a Linux machine as a host');
  const missing = missingOf(needs);
  if (missing.length === 0) return part.done('all here');
  const packages = packagesOf(missing);
  for (const need of missing) part.note(`Missing: ${need.packages.join(', ')}, needed ${need.why}.`);
  if (!hasProgram('apt-get')) return part.warn(`install ${packages.join(', ')} and start again`);
  if (process.geteuid?.() !== 0) return part.warn(`run: ${aptLine(packages)}`);
  part.note(`Installing them with apt-get; its words are in ${logFile}.`);
  part.update(`installing ${packages.join(', ')}`);
  const log = openSync(logFile, 'a', 0o600);
  await installWithApt(packages, log);
  closeSync(log);
  part.finish(...outcome(missingOf(needs), logFile));
}

function outcome(missing: readonly Need[], logFile: string): ['done' | 'warn', string] {
  if (missing.length === 0) return ['done', 'installed'];
  const packages = packagesOf(missing).join(' ');
  return ['warn', `apt-get could not install ${packages} (${logFile}); everything else works`];
}
