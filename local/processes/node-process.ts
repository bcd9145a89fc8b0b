import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, statSync } from 'node:fs';
import { keepSmall, linesSince, openLogFile, type LogLine } from './log-file.ts';

/** How to start one of our programs. */
export interface ProgramStart {
  readonly root: string;
  /** Its file and arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
}

/** A started program. */
export interface RunningProgram {
  readonly pid: number;
  /** Resolves with the exit code, or the signal's name, once it has ended. */
  readonly ended: Promise<number | string>;
  /** The last lines that it wrote. */
  lastWords(count: number): string[];
  /** Why it could not start: the one sentence that it said after its log, or all that it said and where the rest is. */
  whyEnded(): string;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<number | string>;
}

/**
 * Starts a program of ours on this Node. Ctrl-C in the terminal does not reach it: we stop everything in order. Should we
 * be killed, the kernel asks it to stop.
 */
export function startProgram({ root, command, environment, logFile }: ProgramStart): RunningProgram {
  const log = openLogFile(logFile);
  const stopLooking = keepSmall(logFile);
  const begin = statSync(logFile).size;
  const [program, ...args] = [...diesWithUs(), process.execPath, ...command];
  const child = spawn(program!, args, {
    cwd: root,
    env: { ...environment },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  void ended.then(stopLooking);
  return {
    pid: child.pid ?? 0,
    ended,
    lastWords: (count) => linesSince(logFile, begin, count).map(({ msg }) => msg),
    whyEnded: () => whyEnded(linesSince(logFile, begin, 12), logFile),
    stop: () => stop(child, ended),
  };
}

function whyEnded(lines: readonly LogLine[], logFile: string): string {
  const words = lines.slice(lines.findLastIndex(({ level }) => level !== 'words') + 1).map(({ msg }) => msg);
  if (words.length === 1) return words[0]!;
  return [...lines.map(({ msg }) => msg), `Its whole log is ${logFile}.`].join('\n');
}

function stop(child: ChildProcess, ended: Promise<number | string>): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  return ended;
}

let prefix: readonly string[] | undefined;

/** Where the machine has it: `setpriv` asks the kernel for a SIGTERM to the program when its parent dies. */
function diesWithUs(): readonly string[] {
  const command = ['setpriv', '--pdeathsig', 'TERM'];
  prefix ??= spawnSync(command[0]!, [...command.slice(1), 'true'], { stdio: 'ignore' }).status === 0 ? command : [];
  return prefix;
}
