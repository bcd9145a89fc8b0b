// npm run proto:baseline: takes the contracts as they are now for what must not be broken any more. Done at a release.
import { join } from 'node:path';
import { runTools } from './command.ts';

const { ok, output } = await runTools(
  ['buf', 'lint'],
  ['buf', 'build', '--exclude-source-info', '--output', join('proto', 'baseline.binpb')],
);
if (!ok) {
  console.error(output.trimEnd());
  process.exitCode = 1;
}
