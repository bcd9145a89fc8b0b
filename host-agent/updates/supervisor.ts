/**
 * Runs one update's command and outlives the agent, which that command may restart: bounds it in time and output, and
 * leaves what became of it in the update's directory. Started with that directory as its argument.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { keepEnd, readOrder, recordSupervisor } from './journal.ts';

/** Beyond this nothing is kept. */
const mostLogBytes = 256 * 1024;
/** How long what was asked to end may take before it is made to. */
const graceMs = 5000;
/** How long output is waited for that the command's own children still hold open. */
const drainMs = 500;

const [directory = ''] = process.argv.slice(2);
const order = await readOrder(directory);
await recordSupervisor(directory, process.pid);

const log = createWriteStream(join(directory, 'log'), { flags: 'a', mode: 0o600 });
const logged = new Promise<void>((resolve) => log.once('close', () => resolve()));
let room = mostLogBytes;
function write(bytes: Buffer): void {
  if (room <= 0) return;
  const kept = bytes.subarray(0, room);
  room -= kept.length;
  log.write(kept);
  if (room <= 0) log.write('\n[More was written than is kept.]\n');
}

const child = spawn(order.argv[0]!, order.argv.slice(1), {
  cwd: order.workingDirectory,
  env: order.environment,
  stdio: ['ignore', 'pipe', 'pipe'],
  // A group of its own, to be ended as a whole.
  detached: true,
});
child.stdout.on('data', write);
child.stderr.on('data', write);

let problem = '';
function endGroup(why: string): void {
  if (problem) return;
  problem = why;
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), graceMs).unref();
}
function signalGroup(signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nothing of it runs any more.
  }
}

const timer = setTimeout(
  () => endGroup(`The command did not end within ${order.timeoutMs / 1000} s, so it was ended.`),
  order.timeoutMs,
);
process.on('SIGTERM', () => endGroup('The command was ended, as the rollout asked.'));

const exitCode = await new Promise<number>((resolve) => {
  child.once('error', (error) => {
    problem ||= `The command could not be started: ${error.message}.`;
    resolve(-1);
  });
  child.once('exit', (code, signal) => {
    if (code === null) problem ||= `The command was ended by ${signal}.`;
    else if (code !== 0) problem ||= `The command ended with exit code ${code}.`;
    const done = () => resolve(code ?? -1);
    child.once('close', done);
    setTimeout(done, drainMs);
  });
});
clearTimeout(timer);
// Whatever was told to end is gone before it is said that it is.
if (problem) signalGroup('SIGKILL');
log.end();
await logged;
await keepEnd(directory, { exitCode, problem });
process.exit(0);
