// npm test [-- VITEST ARGUMENTS]: all tests. Sandboxes are real, so it needs root; with sudo it becomes root by itself.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './command.ts';
import { readCounts } from './test/counts.ts';
import { becomeRoot } from './test/root.ts';

becomeRoot();

const report = join(root, 'tests', 'output', 'report.json');
rmSync(report, { force: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
console.log(readCounts(report));
process.exitCode = status ?? 1;
