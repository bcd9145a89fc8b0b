// npm run generate: formats and lints the contracts, and generates their TypeScript.
import { runTools } from './command.ts';

const { ok, output } = await runTools(
  ['buf', 'format', '--write', '--path', 'proto/muster'],
  ['buf', 'lint'],
  ['buf', 'generate'],
);
if (!ok) {
  console.error(output.trimEnd());
  process.exitCode = 1;
}
