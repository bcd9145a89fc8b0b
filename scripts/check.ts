// npm run check [-- PART…]: everything that can be said about the code without running it.
import PQueue from 'p-queue';
import { checkBreaking, checkGenerated } from './check/contracts.ts';
import { checkLockFile } from './check/lock-file.ts';
import { runTool, runTools, type Finished } from './command.ts';

const checks: Readonly<Record<string, () => Promise<Finished>>> = {
  lockfile: checkLockFile,
  contracts: () => runTools(['buf', 'lint'], ['buf', 'format', '--diff', '--exit-code', '--path', 'proto/muster']),
  breaking: checkBreaking,
  generated: checkGenerated,
  types: () => runTool('tsc', '--project', '.'),
  lint: () => runTool('oxlint', '--type-aware', '--deny-warnings', '--format', 'unix'),
  format: () => runTool('oxfmt', '--check'),
  'dead-code': () => runTool('knip', '--no-progress'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !checks[name]);
if (unknown.length > 0) {
  console.error(`There is no check named ${unknown.join(', ')}. There are: ${Object.keys(checks).join(', ')}.`);
  process.exit(2);
}

let failed = 0;
// Half of them use one processor alone.
const queue = new PQueue({ concurrency: 2 });
await queue.addAll(
  Object.entries(checks)
    .filter(([name]) => asked.length === 0 || asked.includes(name))
    .map(([name, check]) => async () => {
      const begin = performance.now();
      const { ok, output } = await check();
      if (!ok) failed += 1;
      console.log(`${ok ? '✓' : '✗'} ${name.padEnd(10)} ${((performance.now() - begin) / 1000).toFixed(1)} s`);
      if (!ok) console.log(output.trimEnd().replace(/^/gm, '    '));
    }),
);
console.log(failed === 0 ? 'All checks passed.' : `${failed} failed.`);
process.exitCode = failed === 0 ? 0 : 1;
