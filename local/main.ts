// npm start: everything that Muster is, on this machine.
import { readArguments, usage } from './arguments.ts';
import { openDataDir } from './data-dir/open.ts';
import { untilRemainsEnd } from './data-dir/remains.ts';
import { interruption } from './interrupt.ts';
import { root } from './root.ts';
import { StartupError } from '../host-agent/startup-error.ts';
import { StartProblem } from './problem.ts';
import { reset } from './reset.ts';
import { runMuster } from './run.ts';
import { readSettings } from './settings.ts';

const screen = process.stdout;

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2));
  if (asked.help) return void screen.write(usage);
  const settings = readSettings(root, process.env);
  const dataDir = await openDataDir(settings.dataDir);
  try {
    await untilRemainsEnd(dataDir, (sentence) => screen.write(`${sentence}\n`));
    if (asked.reset && !(await reset(settings, dataDir, asked.yes))) return void screen.write('Nothing was removed.\n');
    await runMuster({ settings, dataDir, screen, signal: interruption(screen) });
  } finally {
    await dataDir.close();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  // What keeps a person from starting is said in one sentence; everything else is a fault of ours.
  const isProblem = error instanceof StartProblem || error instanceof StartupError;
  process.stderr.write(
    isProblem ? `${error.message}\n` : `npm start failed: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
