import { Ban, CircleCheck, CirclePlay, CircleX, Timer } from 'lucide-react';
import { ProcessState, type Process, type RunExit } from '#proto/muster/v1/process_pb.js';
import { shellQuote } from '../commands/buf-curl.ts';
import type { StatusLook } from '../parts/Status.tsx';

/** How a process's state looks. */
export function processLook({ state, exit }: Process): StatusLook {
  if (state !== ProcessState.ENDED) return { tone: 'good', word: 'Running', icon: CirclePlay };
  return exit ? exitLook(exit) : { tone: 'idle', word: 'Ended', icon: Ban };
}

/** How an end looks. A signal is no fault: somebody sent it. */
export function exitLook({ code, signal, timedOut }: RunExit): StatusLook {
  if (timedOut) return { tone: 'wrong', word: 'Timed out', icon: Timer };
  if (signal !== '') return { tone: 'attention', word: signal, icon: Ban };
  if (code === 0) return { tone: 'good', word: 'Exit code 0', icon: CircleCheck };
  return { tone: 'wrong', word: `Exit code ${code}`, icon: CircleX };
}

/** What was given to a shell as one line. */
const shellLine = ({ argv }: Process): string | undefined =>
  argv.length === 3 && argv[0] === 'sh' && argv[1] === '-c' ? argv[2] : undefined;

/** What people call a process: the name that it was given, or else its program. */
export function processName(process: Process): string {
  const [program = 'login shell'] = shellLine(process)?.trim().split(/\s+/) ?? process.argv;
  return process.name || program.replace(/^-/, '').split('/').at(-1) || `process ${process.pid}`;
}

/** Its command line as one would type it. */
export const commandLine = (process: Process): string =>
  shellLine(process) ?? (process.argv.map(shellQuote).join(' ') || 'login shell');

/** Whether it runs on when its caller goes, and how one talks to it. */
export function kindOf({ detached, terminal }: Process): string {
  if (!detached) return 'Attached: ends with its caller';
  return terminal ? 'Terminal' : 'Detached';
}

export const isRunning = ({ state }: Process): boolean => state !== ProcessState.ENDED;
