import { aptLine, installWithApt } from '../../local/system-packages/apt.ts';
import { hasProgram, missingOf, packagesOf, type Need } from '../../local/system-packages/catalog.ts';

/**
 * Sees to what the machine must bring before anything is tested, as root: says what is missing and why, and installs it on
 * Debian or Ubuntu. Ends with exit code 1 and what to do where something is missing still.
 */
export async function provideTestPackages(needs: readonly Need[]): Promise<void> {
  const missing = missingOf(needs);
  for (const need of missing)
    console.log(`Missing: ${need.packages.join(', ') || 'a program'}, needed ${need.why}. ${need.byHand ?? ''}`.trim());
  const packages = packagesOf(missing);
  if (packages.length > 0 && hasProgram('apt-get')) {
    console.log(`Installing ${packages.join(' ')} with apt-get …`);
    await installWithApt(packages);
  }
  const left = missingOf(missing);
  if (left.length === 0) return;
  const stillWanted = packagesOf(left);
  if (stillWanted.length > 0)
    console.error(`These packages are missing still. Run this, then once more:\n  ${aptLine(stillWanted)}`);
  else console.error('Then run this once more.');
  process.exit(1);
}
