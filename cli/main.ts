import { fstatSync } from 'node:fs';
import { runCli } from './run.ts';
import { terminalOf } from './terminal.ts';

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
process.once('SIGTERM', () => interruption.abort());
// `muster … | head` closes our output: that is no failure of ours.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  stdin: Object.assign(process.stdin, { isPiped: isPiped() }),
  stdout: process.stdout,
  stderr: process.stderr,
  terminal: process.stdin.isTTY && process.stdout.isTTY ? terminalOf(process.stdin, process.stdout) : undefined,
  signal: interruption.signal,
});
// A keep-alive connection or a terminal on standard input must not hold us.
process.stdin.unref?.();

function isPiped(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isFile() || input.isSocket();
  } catch {
    return false; // closed
  }
}
