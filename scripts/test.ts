// npm test [-- VITEST ARGUMENTS]: all tests. Sandboxes are real, so it needs root; with sudo it becomes root by itself.
// What else they need from the machine is installed first, or said.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { needsOfTests } from '../local/system-packages/of-tests.ts';
import { root } from './command.ts';
import { provideTestPackages } from './test/packages.ts';
import { countsLine, readReport, type FileResult } from './test/report.ts';
import { becomeRoot } from './test/root.ts';

/** More than these are no accident. */
const mostFilesAgain = 6;

becomeRoot();
await provideTestPackages(needsOfTests());

const given = process.argv.slice(2);
let { status, files } = run('report.json', given);
const failed = files.filter((file) => file.failed).map(({ name }) => name);
if (status !== 0 && given.length === 0 && failed.length > 0 && failed.length <= mostFilesAgain) {
  console.log(`\nFailed; run once more, one at a time, with nothing beside them:\n${failed.join('\n')}`);
  const again = run('report-again.json', ['--maxWorkers=1', ...failed]);
  files = [...files.filter(({ name }) => !failed.includes(name)), ...again.files];
  status = again.status;
  if (status === 0)
    console.log(`Failed beside others and passed alone, which is a bug to be found:\n${failed.join('\n')}`);
}
console.log(countsLine(files));
process.exitCode = status;

/** Runs tests; what came of them is kept under this name beside what they print. */
function run(name: string, args: readonly string[]): { status: number; files: FileResult[] } {
  const report = join(root, 'tests', 'output', name);
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const ended = spawnSync(
    process.execPath,
    [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    { cwd: root, stdio: 'inherit' },
  );
  return { status: ended.status ?? 1, files: readReport(report) };
}
